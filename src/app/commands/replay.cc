#include <algorithm>
#include <filesystem>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands/at_least.h"
#include "app/commands/commands.h"
#include "app/console/progress_bar.h"
#include "app/console/terminal_text.h"
#include "app/feed.h"
#include "app/replay_input.h"
#include "core/hash.h"
#include "platform/clock.h"
#include "platform/random.h"

namespace sluice {
namespace {

constexpr size_t kMostRecords = 1'000;        // in one delivery
constexpr size_t kMostBytes = 256 << 10;      // likewise, but for one long record
constexpr size_t kMostSorted = 512ULL << 20;  // bytes of a file under --sort
constexpr Duration kPaced = std::chrono::milliseconds(100);

struct ReplayOptions {
  std::vector<std::string> files;
  std::string url{kDefaultUrl};
  std::string token;
  std::string stream;
  std::string path;
  std::string time_field = "timestamp";
  std::string time_format;
  double speed = 0;
  bool sort = false;
  bool again = false;
  bool to_stdout = false;
};

// Some records that are delivered together.
struct Bundle {
  std::string text;
  size_t count = 0;
  std::optional<Timestamp> first;
};

class Replay {
 public:
  explicit Replay(const ReplayOptions& options)
      : options_(options), bar_(SystemClock().Now()), salt_(options.again ? RandomId() : "") {}

  Status Run() {
    for (file_ = 0; file_ < options_.files.size(); ++file_) SLUICE_TRY(RunFile(options_.files[file_]));
    bar_.End();
    return {};
  }
  const Delivered& delivered() const { return delivered_; }

 private:
  bool TimesMatter() const { return options_.sort || options_.speed > 0; }

  Status RunFile(const std::string& path) {
    SLUICE_ASSIGN(input_, ReplayInput::Open({.path = path,
                                             .time_field = TimesMatter() ? options_.time_field : "",
                                             .time_format = options_.time_format}));
    feed_ = options_.to_stdout ? StdoutFeed()
                               : HttpFeed({.url = options_.url,
                                           .path = options_.path,
                                           .content_type = input_->ContentType(),
                                           .token = options_.token});
    origin_ = std::filesystem::absolute(path).lexically_normal().string();
    number_ = 0;
    bundle_ = {};
    SLUICE_TRY(options_.sort ? AddSorted() : AddAll());
    SLUICE_TRY(Flush());
    done_before_ += feed_->delivered().accepted + feed_->delivered().dead;
    delivered_.accepted += feed_->delivered().accepted;
    delivered_.dead += feed_->delivered().dead;
    return {};
  }

  Status AddAll() {
    ReplayRecord record;
    while (true) {
      SLUICE_ASSIGN(const bool some, input_->Next(&record));
      if (!some) return {};
      SLUICE_TRY(Add(record));
    }
  }

  // Those without a time keep their place behind the one before them.
  Status AddSorted() {
    std::vector<ReplayRecord> records;
    size_t bytes = 0;
    for (ReplayRecord record;;) {
      SLUICE_ASSIGN(const bool some, input_->Next(&record));
      if (!some) break;
      bytes += record.text.size();
      if (bytes > kMostSorted) return Status::Reject("--sort holds a file in memory and takes up to 512 MiB");
      if (!record.time && !records.empty()) record.time = records.back().time;
      records.push_back(std::move(record));
    }
    std::stable_sort(records.begin(), records.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    for (const ReplayRecord& record : records) SLUICE_TRY(Add(record));
    return {};
  }

  Status Add(const ReplayRecord& record) {
    const bool full = bundle_.count == kMostRecords || bundle_.text.size() + record.text.size() > kMostBytes;
    if (bundle_.count > 0 && (full || IsLater(record))) SLUICE_TRY(Flush());
    if (!bundle_.first) bundle_.first = record.time;
    bundle_.text += record.text;
    ++bundle_.count;
    return {};
  }

  // Too much so to be delivered together at this speed.
  bool IsLater(const ReplayRecord& record) const {
    if (options_.speed <= 0 || !bundle_.first || !record.time) return false;
    return static_cast<double>((*record.time - *bundle_.first).count()) >
           options_.speed * static_cast<double>(kPaced.count());
  }

  Status Flush() {
    if (bundle_.count == 0) return {};
    WaitForTurn();
    const bool header = !options_.to_stdout || (number_ == 0 && file_ == 0);
    const std::string body = (header ? input_->Header() : "") + bundle_.text;
    const std::string key =
        Sha256Hex(fmt::format("{}\n{}\n{}\n{}\n{}", salt_, options_.path, origin_, number_++, body));
    SLUICE_TRY(feed_->Send(body, static_cast<int64_t>(bundle_.count), "replay-" + key.substr(0, 40)));
    bundle_ = {};
    const Delivered& so_far = feed_->delivered();
    const double share =
        (static_cast<double>(file_) + input_->Share()) / static_cast<double>(options_.files.size());
    bar_.Show(done_before_ + so_far.accepted + so_far.dead, share, SystemClock().Now());
    return {};
  }

  void WaitForTurn() {
    if (options_.speed <= 0 || !bundle_.first) return;
    const Timestamp now = SystemClock().Now();
    if (!anchor_event_) anchor_event_ = bundle_.first, anchor_clock_ = now;
    const double ahead = static_cast<double>((*bundle_.first - *anchor_event_).count()) / options_.speed;
    const Duration wait = anchor_clock_ + Duration(static_cast<int64_t>(ahead)) - now;
    if (wait.count() > 0) std::this_thread::sleep_for(wait);
  }

  const ReplayOptions& options_;
  ProgressBar bar_;
  const std::string salt_;
  size_t file_ = 0;
  std::unique_ptr<ReplayInput> input_;
  std::unique_ptr<Feed> feed_;
  std::string origin_;
  int64_t number_ = 0;  // of the bundle in its file
  Bundle bundle_;
  std::optional<Timestamp> anchor_event_;
  Timestamp anchor_clock_;
  int64_t done_before_ = 0;  // in earlier files
  Delivered delivered_;
};

int RunReplay(ReplayOptions options) {
  if (options.stream.empty() && options.path.empty() && !options.to_stdout) {
    return Explain(Status::Reject("where to? --stream NAME of the pipeline, or --stdout"));
  }
  if (options.path.empty()) options.path = "/ingest/" + options.stream;
  Replay replay(options);
  const Status status = replay.Run();
  if (!options.to_stdout) {
    fmt::print(stderr, "{} accepted, {} dead letters\n", replay.delivered().accepted,
               replay.delivered().dead);
  }
  return status.ok() ? kDone : Explain(status);
}

}  // namespace

void AddReplayCommand(CLI::App& cli, const Components&, Action& action) {
  auto* command =
      cli.add_subcommand("replay", "a CSV, NDJSON or Parquet file into a running pipeline, or to stdout");
  command->footer(
      "Examples:\n"
      "  sluice replay day.csv --stream readings\n"
      "  sluice replay day1.parquet day2.parquet --stream readings --speed 60 --time ts\n"
      "  sluice replay day.ndjson --stdout --sort > sorted.ndjson\n"
      "The stream needs an http source; its map, set and time_format apply. Every delivery bears an "
      "idempotency key of\n"
      "the file's path and content, so that the same command given again after a crash doubles nothing for "
      "24 h.");
  auto options = std::make_shared<ReplayOptions>();
  command->add_option("FILE", options->files, "names end in .csv, .ndjson, .jsonl or .parquet")->required();
  command->add_option("--url", options->url, "of the pipeline")->capture_default_str();
  command->add_option("--token", options->token, "sent as Authorization: Bearer")->envname("SLUICE_TOKEN");
  command->add_option("--stream", options->stream, "which stream they are readings of");
  command->add_option("--path", options->path, "of the http source (default: /ingest/STREAM)");
  command
      ->add_option("--speed", options->speed,
                   "0: as fast as possible; 1: as the times say; 60: sixty times faster")
      ->check(AtLeast(0))
      ->capture_default_str();
  command->add_flag("--sort", options->sort, "each file in order of time; up to 512 MiB, in memory");
  command->add_option("--time", options->time_field, "field of the time, for --speed and --sort")
      ->capture_default_str();
  command->add_option("--time-format", options->time_format,
                      "of it: unix_s, unix_ms, unix_us, unix_ns or a strptime pattern (default: RFC 3339)");
  command->add_flag("--again", options->again, "bring in once more what was brought in before");
  command->add_flag("--stdout", options->to_stdout, "to the standard output, not into a pipeline");
  command->callback([=, &action] { action = [=] { return RunReplay(*options); }; });
}

}  // namespace sluice
