#include "log/embedded/kind.h"

#include "log/embedded/embedded_log.h"
#include "log/embedded/looking_log.h"
#include "telemetry/events.h"

namespace sluice {
namespace {

struct EmbeddedLogSpec {
  ByteSize max_bytes = GiB(10);
  Duration retain = std::chrono::hours(24);
  bool skip_missing = false;
};

OptionSet Options() {
  return OptionTable<EmbeddedLogSpec>()
      .Add("max_bytes", &EmbeddedLogSpec::max_bytes,
           "how much the log may hold; then what every job has committed goes first, oldest first, and when "
           "only "
           "readings are left that a job still needs, sources are told to wait",
           {.min = MiB(64)})
      .Add("retain", &EmbeddedLogSpec::retain,
           "how long readings stay that every job has committed, since their arrival, while there is room")
      .AddChoice("on_missing", &EmbeddedLogSpec::skip_missing, {{"stop", false}, {"skip", true}},
                 "when a job's position is not in this log (it was deleted or replaced): stop with a "
                 "message, or count "
                 "what is missing as lost and go on");
}

Result<std::unique_ptr<Log>> Open(const ComponentSpec& component, const LogContext& context) {
  if (context.look) return MakeLookingLog(context.directory);
  const auto& spec = component.As<EmbeddedLogSpec>();
  EmbeddedLogOptions options{.directory = context.directory,
                             .max_bytes = spec.max_bytes.bytes,
                             .retain = spec.retain,
                             .max_bytes_under_way = context.memory.bytes / 2,
                             .memory_bytes = context.memory.bytes / 2,
                             .background = !context.virtual_time,
                             .clock = &context.clock,
                             .report = [](const std::string& found) { Event(Level::warn, "log", found); }};
  if (context.in_memory) options.file_system = MemoryFileSystem();
  return OpenEmbeddedLog(std::move(options));
}

}  // namespace

LogKind EmbeddedLogKind() {
  return {.facts = {.name = "embedded",
                    .sentence = "on this machine's disk, nothing to install",
                    .options = Options(),
                    .default_partitions = 1},
          .open = &Open,
          .skips_missing = [](const ComponentSpec& component) {
            return component.As<EmbeddedLogSpec>().skip_missing;
          }};
}

}  // namespace sluice
