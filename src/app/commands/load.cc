#include <cstdio>

#include <fmt/format.h>

#include "app/commands/commands.h"

namespace sluice {
namespace {

// The process's variables and those of --env-file; false when that file cannot be read.
bool ReadEnvironment(const std::string& env_file, Environment& environment) {
  if (env_file.empty()) return true;
  const Result<std::string> text = ReadWholeFile(SystemFiles(), env_file, 1 << 20);
  if (!text.ok()) {
    fmt::print(stderr, "sluice: --env-file: {}\n", text.status().message());
    return false;
  }
  const std::vector<Diagnostic> errors = environment.AddDotenv(env_file, *text);
  fmt::print(stderr, "{}", FormatDiagnostics(errors));
  return errors.empty();
}

}  // namespace

std::unique_ptr<PipelineSpec> LoadOrExplain(const std::string& file, const std::string& env_file,
                                            const Components& components) {
  Environment environment = Environment::OfProcess();
  if (!ReadEnvironment(env_file, environment)) return nullptr;
  LoadOutcome loaded = LoadPipeline(file, environment, KindsOf(components), SystemFiles());
  if (!loaded.ok()) {
    fmt::print(stderr, "{}", FormatDiagnostics(loaded.errors));
    return nullptr;
  }
  return std::make_unique<PipelineSpec>(std::move(loaded.spec));
}

}  // namespace sluice
