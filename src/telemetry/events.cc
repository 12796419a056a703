#include "telemetry/events.h"

#include <array>
#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/json_text.h"
#include "platform/clock.h"
#include "platform/mutex.h"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warn", "error"};

struct Output {
  Mutex mutex;
  EventOptions options GUARDED_BY(mutex);
  std::shared_ptr<spdlog::logger> logger GUARDED_BY(mutex);
};

Output& TheOutput() {
  static Output output;
  return output;
}

std::string TextLine(std::string_view time, Level level, std::string_view component, std::string_view message,
                     EventFields fields) {
  const std::string quoted = JsonText(message);
  std::string line = fmt::format("{} {:5} {}: {}", time, kLevelNames[static_cast<size_t>(level)], component,
                                 std::string_view(quoted).substr(1, quoted.size() - 2));
  for (const auto& [name, value] : fields) line += fmt::format(" {}={}", name, JsonText(value));
  return line;
}

}  // namespace

std::string EventLine(const EventOptions& options, std::string_view time, Level level,
                      std::string_view component, std::string_view message, EventFields fields) {
  if (options.format == EventFormat::text) return TextLine(time, level, component, message, fields);
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","role":{},"component":{},"message":{})", time,
                                 kLevelNames[static_cast<size_t>(level)], JsonText(options.role),
                                 JsonText(component), JsonText(message));
  for (const auto& [name, value] : fields) line += fmt::format(",{}:{}", JsonText(name), JsonText(value));
  return line + "}";
}

void StartEvents(const EventOptions& options) {
  Output& output = TheOutput();
  const MutexLock lock(output.mutex);
  output.options = options;
  output.logger = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  output.logger->set_pattern("%v");
  output.logger->set_level(spdlog::level::trace);
}

void Event(Level level, std::string_view component, std::string_view message, EventFields fields) {
  Output& output = TheOutput();
  const MutexLock lock(output.mutex);
  if (output.logger == nullptr || level < output.options.level) return;
  const std::string time = FormatRfc3339(SystemClock().Now(), true);
  output.logger->info("{}", EventLine(output.options, time, level, component, message, fields));
  output.logger->flush();
}

}  // namespace sluice
