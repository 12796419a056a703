#include <CLI/CLI.hpp>
#include <arrow/api.h>
#include <fmt/format.h>
#include <unistd.h>

#include "api/render.h"
#include "app/commands/at_least.h"
#include "app/commands/commands.h"
#include "app/console/json_table.h"
#include "app/console/terminal_text.h"
#include "codecs/json_rows.h"
#include "core/bytes.h"
#include "core/json_text.h"
#include "log/embedded/inspect.h"
#include "platform/directory_lock.h"

namespace sluice {
namespace {

constexpr int64_t kReadBytes = 1 << 20;

struct LogOptions {
  std::string place;  // a pipeline file, a data directory or a log's own directory
  std::string env_file;
  std::string stream;
  int partition = -1;  // all
  int64_t from = 0;
  int64_t limit = 0;  // 0: all
  bool json = false;
};

// The log's directory; rejects one that a process uses.
Result<std::string> FindLog(const std::string& data_dir) {
  if (DirectoryLock::IsTaken(data_dir)) {
    return Status::Reject(
        fmt::format("a process runs on {}: `sluice log` works on a log that nobody has open. Stop the "
                    "pipeline first, or ask it: "
                    "`sluice status`, `sluice audit`",
                    data_dir));
  }
  const std::string inner = data_dir + "/log";
  return SystemFiles().Exists(inner) ? inner : data_dir;
}

std::string TimeText(const std::optional<Timestamp>& time) { return time ? FormatRfc3339(*time) : ""; }

std::string PartitionJson(const LogPartition& partition) {
  const auto time = [](const std::optional<Timestamp>& at) {
    return at ? JsonText(FormatRfc3339(*at)) : "null";
  };
  return fmt::format(
      R"({{"stream":{},"partition":{},"low":{},"high":{},"bytes":{},"batches":{},"lost":{},"gaps":{},"oldest":{},"newest":{}}})",
      JsonText(partition.stream), partition.partition, partition.ends.low, partition.ends.high,
      partition.bytes, partition.batches, partition.lost, partition.gaps, time(partition.oldest),
      time(partition.newest));
}

template <class Items, class Render>
std::string JsonList(const Items& items, Render render) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ",\n") + render(item);
  return "[" + text + "]";
}

int ListStreams(const LogInspector& log, const LogOptions& options) {
  const std::vector<LogPartition> partitions = log.Partitions();
  if (options.json) {
    fmt::print("{}\n", JsonList(partitions, PartitionJson));
    return kDone;
  }
  fmt::print("log {}\n\n", TerminalText(log.Id()));
  TextTable table({{"stream"},
                   {"partition", true},
                   {"low", true},
                   {"high", true},
                   {"batches", true},
                   {"bytes", true},
                   {"lost", true},
                   {"oldest"},
                   {"newest"}});
  for (const LogPartition& at : partitions) {
    table.Add({at.stream, std::to_string(at.partition), std::to_string(at.ends.low),
               std::to_string(at.ends.high), std::to_string(at.batches), std::to_string(at.bytes),
               std::to_string(at.lost), TimeText(at.oldest), TimeText(at.newest)});
  }
  return PrintTable(table, "no streams");
}

// Prints entries as JSON, one a line, or as the elements of one array.
class EntryPrinter {
 public:
  explicit EntryPrinter(const LogOptions& options)
      : left_(options.limit > 0 ? options.limit : kAll),
        array_(options.json),
        terminal_(::isatty(STDOUT_FILENO) != 0) {
    if (array_) fmt::print("[");
  }

  bool done() const { return left_ == 0; }

  Status Print(const StreamSpec& stream, const Slice& slice) {
    const auto table = arrow::Table::FromRecordBatches({slice.rows});
    if (!table.ok()) return Status::Fatal(table.status().ToString());
    SLUICE_ASSIGN(const http::Response lines, api::Render(**table, api::Format::ndjson, JsonColumns(stream)));
    const auto column = slice.rows->GetColumnByName(std::string(kPosition));
    const auto& positions = static_cast<const arrow::Int64Array&>(*column);
    auto dead = slice.dead.begin();
    std::string_view rest = lines.body;
    for (int64_t row = 0; row < slice.rows->num_rows(); ++row) {
      for (; dead != slice.dead.end() && dead->at < positions.Value(row); ++dead)
        PrintDead(slice.partition, *dead);
      const size_t end = rest.find('\n');
      Line(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    for (; dead != slice.dead.end(); ++dead) PrintDead(slice.partition, *dead);
    if (slice.lost > 0) {
      fmt::print(stderr, "sluice: {} positions of {} from {} on are recorded as lost\n", slice.lost,
                 stream.name, slice.first);
    }
    return {};
  }

  void End() {
    if (array_) fmt::print("]\n");
  }

 private:
  static constexpr int64_t kAll = std::numeric_limits<int64_t>::max();

  void PrintDead(PartitionId partition, const DeadEntry& entry) {
    Line(fmt::format(
        R"({{"_dead":{},"source":{},"bytes":{},"length":{},"ingested_at":"{}","_partition":{},"_position":{}}})",
        JsonText(entry.reason), JsonText(entry.source), JsonText(entry.bytes), entry.length,
        FormatRfc3339(entry.arrival), partition, entry.at));
  }

  void Line(std::string_view text) {
    if (left_ == 0) return;
    --left_;
    const std::string_view before = array_ && printed_++ > 0 ? ",\n" : "";
    fmt::print("{}{}{}", before, terminal_ ? TerminalText(text) : std::string(text), array_ ? "" : "\n");
  }

  int64_t left_;
  int64_t printed_ = 0;
  const bool array_;
  const bool terminal_;
};

Status CatPartition(const LogInspector& log, const LogPartition& partition, const LogOptions& options,
                    EntryPrinter& printer) {
  SLUICE_ASSIGN(const StreamSpec stream, log.Stream(partition.stream));
  Position at = std::max<Position>(partition.ends.low, options.from);
  while (at < partition.ends.high && !printer.done()) {
    SLUICE_ASSIGN(const Slice slice, log.Read(partition.stream, partition.partition, at, kReadBytes));
    if (slice.next == at) break;
    SLUICE_TRY(printer.Print(stream, slice));
    at = slice.next;
  }
  return {};
}

int Cat(const LogInspector& log, const LogOptions& options) {
  if (!options.stream.empty()) {
    if (const auto known = log.Stream(options.stream); !known.ok()) return Explain(known.status());
  }
  EntryPrinter printer(options);
  Status status;
  for (const LogPartition& partition : log.Partitions()) {
    if (!options.stream.empty() && partition.stream != options.stream) continue;
    if (options.partition >= 0 && partition.partition != options.partition) continue;
    status = CatPartition(log, partition, options, printer);
    if (!status.ok() || printer.done()) break;
  }
  printer.End();
  return status.ok() ? kDone : Explain(status);
}

std::string FindingJson(const LogFinding& finding) {
  return fmt::format(R"({{"stream":{},"partition":{},"first":{},"next":{},"sentence":{}}})",
                     JsonText(finding.stream), finding.partition, finding.first, finding.next,
                     JsonText(finding.sentence));
}

int Verify(const std::string& directory, const LogOptions& options) {
  const Result<LogVerification> verified = VerifyLog(directory);
  if (!verified.ok()) return Explain(verified.status());
  const bool ok = verified->findings.empty();
  if (options.json) {
    fmt::print(R"({{"ok":{},"batches":{},"entries":{},"bytes":{},"findings":{}}})"
               "\n",
               ok, verified->batches, verified->entries, verified->bytes,
               JsonList(verified->findings, FindingJson));
    return ok ? kDone : kAnswerIsNo;
  }
  for (const LogFinding& finding : verified->findings) {
    const std::string where =
        finding.stream.empty()
            ? "log"
            : fmt::format("{}/{} [{}, {})", finding.stream, finding.partition, finding.first, finding.next);
    fmt::print("{}: {}\n", TerminalText(where), TerminalText(finding.sentence));
  }
  fmt::print("{}: {} batches, {} entries, {} bytes looked at\n", ok ? "ok" : "DAMAGED", verified->batches,
             verified->entries, verified->bytes);
  if (!ok) {
    fmt::print("`sluice log repair {}` keeps a copy, saves what is whole and counts the rest as lost\n",
               TerminalText(options.place));
  }
  return ok ? kDone : kAnswerIsNo;
}

int Repair(const std::string& directory, const LogOptions& options) {
  const Result<LogRepair> repaired = RepairLog(directory);
  if (!repaired.ok()) return Explain(repaired.status());
  if (options.json) {
    fmt::print(R"({{"batches_dropped":{},"positions_lost":{},"sentences":{}}})"
               "\n",
               repaired->batches_dropped, repaired->positions_lost,
               JsonList(repaired->sentences, [](const std::string& sentence) { return JsonText(sentence); }));
    return kDone;
  }
  for (const std::string& sentence : repaired->sentences) fmt::print("{}\n", TerminalText(sentence));
  fmt::print("{} batches dropped, {} positions recorded as lost\n", repaired->batches_dropped,
             repaired->positions_lost);
  return kDone;
}

Status CheckHasLog(const PipelineSpec& spec, const Components& components) {
  if (SharedPartsOf(spec, components).log) {
    return Status::Reject(
        fmt::format("the log of {} is of kind \"{}\": `sluice log` looks into an embedded one. `sluice audit "
                    "{}` shows its "
                    "books, docs/formats/{}.md what lies there",
                    spec.file, spec.log.kind, spec.file, spec.log.kind));
  }
  return CheckHasRun(spec.data_dir, spec.file);
}

int RunLog(const std::string& verb, const LogOptions& options, const Components& components) {
  std::string data_dir = options.place;
  if (data_dir.ends_with(".toml")) {
    const auto spec = LoadOrExplain(options.place, options.env_file, components);
    if (spec == nullptr) return kWrongUse;
    if (const Status there = CheckHasLog(*spec, components); !there.ok()) return Explain(there);
    data_dir = spec->data_dir;
  }
  const Result<std::string> directory = FindLog(data_dir);
  if (!directory.ok()) return Explain(directory.status());
  if (verb == "repair") return Repair(*directory, options);
  if (verb == "verify") return Verify(*directory, options);
  const auto log = LogInspector::Open(*directory);
  if (!log.ok()) return Explain(log.status());
  if (verb == "ls") return ListStreams(**log, options);
  return Cat(**log, options);
}

CLI::App* AddLogVerb(CLI::App& parent, const std::string& verb, const std::string& sentence,
                     const std::string& footer, std::shared_ptr<LogOptions> options,
                     const Components& components, Action& action) {
  auto* command = parent.add_subcommand(verb, sentence);
  command->footer(footer);
  command
      ->add_option("FILE|DIR", options->place,
                   "the pipeline file, its data directory, or the log inside of it")
      ->required();
  command->add_option("--env-file", options->env_file, "variables for ${NAME} in FILE, in dotenv syntax");
  AddJsonOption(*command, options->json);
  command->callback([=, &components, &action] {
    action = [=, &components] { return RunLog(verb, *options, components); };
  });
  return command;
}

}  // namespace

void AddLogCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command =
      cli.add_subcommand("log", "looks into the embedded log of a pipeline that does not run, and mends it");
  command->require_subcommand(1);
  command->footer("Examples:\n  sluice log ls pipeline.toml\n  sluice log verify ./sluice-data");
  const auto add = [&](const char* verb, const char* sentence, const char* footer) {
    auto options = std::make_shared<LogOptions>();
    return std::pair(AddLogVerb(*command, verb, sentence, footer, options, components, action), options);
  };
  add("ls",
      "streams and partitions with their ends (low: the oldest position; high: the next), bytes and batches",
      "Examples:\n  sluice log ls pipeline.toml\n  sluice log ls ./sluice-data --json");
  const auto [cat, options] =
      add("cat", "entries as JSON, one a line; dead ones have `_dead` with the reason",
          "Examples:\n  sluice log cat pipeline.toml --stream readings --from 1000 --limit 5\n"
          "  sluice log cat ./sluice-data --json");
  cat->add_option("--stream", options->stream, "only this stream (default: all)");
  cat->add_option("--partition", options->partition, "only this partition (default: all)")->check(AtLeast(0));
  cat->add_option("--from", options->from, "first position of each partition (default: the oldest)")
      ->check(AtLeast(0));
  cat->add_option("--limit", options->limit, "entries at most (default: all)")->check(AtLeast(1));
  add("verify", "reads everything and checks it; exit code 1 when something is damaged",
      "Examples:\n  sluice log verify pipeline.toml\n  sluice log verify ./sluice-data --json");
  add("repair", "saves what is whole, rebuilds what does not open, records the rest as lost; keeps a copy",
      "Examples:\n  sluice log verify pipeline.toml\n  sluice log repair pipeline.toml");
}

}  // namespace sluice
