#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "config/load.h"
#include "fuzz/targets.h"

namespace sluice {
namespace {

struct Everything {
  bool flag = false;
  int count = 1;
  double rate = 1;
  std::string path;
  std::optional<Duration> every;
  ByteSize size;
  std::optional<Timestamp> since;
  std::vector<std::string> list;
  std::map<std::string, std::string> map;
  Secret token;
};

// A file of the fuzzer must not make us read the machine's files.
class NoFiles : public Files {
 public:
  Result<std::unique_ptr<ReadableFile>> OpenForRead(const std::string&) override { return None(); }
  Result<std::unique_ptr<WritableFile>> OpenForWrite(const std::string&) override { return None(); }
  Result<FileInfo> Info(const std::string&) override { return None(); }
  bool Exists(const std::string&) override { return false; }
  Result<std::vector<std::string>> List(const std::string&) override { return None(); }
  Result<std::vector<std::string>> Glob(const std::string&) override { return None(); }
  Status MakeDirectories(const std::string&) override { return None(); }
  Status Rename(const std::string&, const std::string&) override { return None(); }
  Status Remove(const std::string&) override { return None(); }
  Status SyncDirectory(const std::string&) override { return None(); }

 private:
  static Status None() { return Status::Reject("no such file"); }
};

OptionSet EveryOption() {
  return OptionTable<Everything>()
      .Add("flag", &Everything::flag, "a flag")
      .Add("count", &Everything::count, "a number", {.min = 1, .max = 100})
      .Add("rate", &Everything::rate, "a number", {.above = 0.0})
      .AddPath("path", &Everything::path, "a path")
      .Add("every", &Everything::every, "a span")
      .Add("size", &Everything::size, "a size")
      .Add("since", &Everything::since, "a time")
      .Add("list", &Everything::list, "a list")
      .Add("map", &Everything::map, "a map")
      .Add("token", &Everything::token, "a secret");
}

const ComponentKinds& Kinds() {
  static const ComponentKinds kinds = {.sources = {{"simulator", "all of it", EveryOption()}},
                                       .logs = {{"embedded", "all of it", EveryOption()}},
                                       .stores = {{"duckdb", "all of it", EveryOption()}},
                                       .codecs = {"json", "csv"}};
  return kinds;
}

// What a good file promises to those who build from it.
void CheckSpec(const PipelineSpec& spec) {
  Must(!spec.streams.empty() && !spec.sources.empty());
  for (const StreamSpec& stream : spec.streams) {
    Must(stream.time >= 0 && static_cast<size_t>(stream.time) < stream.fields.size());
    Must(stream.fields[static_cast<size_t>(stream.time)].type == FieldType::timestamp);
    Must(stream.partitions >= 1 && stream.partitions <= 1024);
  }
  for (const ComponentSpec& source : spec.sources) Must(spec.Stream(source.input.stream) != nullptr);
  for (const SummarySpec& summary : spec.summaries) {
    Must(spec.Stream(summary.stream) != nullptr && summary.every.count() > 0 && !summary.values.empty());
    Must(!summary.hop || (summary.hop->count() > 0 && *summary.hop <= summary.every));
  }
}

}  // namespace

void FuzzPipelineFile(std::string_view bytes) {
  if (bytes.size() > kMaxPipelineFile) return;
  static const Environment environment({{"NAME", "value"}, {"EMPTY", ""}, {"N", "15"}});
  NoFiles files;
  const LoadOutcome outcome = ParsePipeline(std::string(bytes), "/p/p.toml", environment, Kinds(), files);
  for (const Diagnostic& error : outcome.errors)
    Must(error.line > 0 && error.col > 0 && !error.message.empty());
  Must(FormatDiagnostics(outcome.errors).find('\x1b') == std::string::npos);
  if (!outcome.ok()) return;
  CheckSpec(outcome.spec);
  Must(!ShowPipeline(outcome.spec, Kinds()).empty());
}

void FuzzDotenv(std::string_view bytes) {
  Environment environment;
  for (const Diagnostic& error : environment.AddDotenv(".env", bytes)) Must(error.line > 0);
  (void)ExpandVariables(bytes, environment);
}

}  // namespace sluice
