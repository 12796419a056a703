#include <cstdio>

#include <fmt/format.h>

#include "app/commands/commands.h"

namespace sluice {
namespace {

// Adds the variables of --env-file; false when that cannot be read.
bool ReadEnvironment(const std::string& env_file, Environment& environment, std::vector<Diagnostic>& errors) {
  if (env_file.empty()) return true;
  const Result<std::string> text = ReadWholeFile(SystemFiles(), env_file, 1 << 20);
  if (text.ok()) {
    errors = environment.AddDotenv(env_file, *text);
  } else {
    fmt::print(stderr, "sluice: --env-file: {}\n", text.status().message());
  }
  return text.ok();
}

}  // namespace

std::unique_ptr<PipelineSpec> LoadOrExplain(const std::string& file, const std::string& env_file,
                                            const Components& components) {
  Environment environment = Environment::OfProcess();
  std::vector<Diagnostic> errors;
  if (!ReadEnvironment(env_file, environment, errors)) return nullptr;
  LoadOutcome loaded = LoadPipeline(file, environment, KindsOf(components), SystemFiles());
  if (!loaded.ok() || !errors.empty()) {
    fmt::print(stderr, "{}{}", FormatDiagnostics(errors), FormatDiagnostics(loaded.errors));
    return nullptr;
  }
  return std::make_unique<PipelineSpec>(std::move(loaded.spec));
}

}  // namespace sluice
