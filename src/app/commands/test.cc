#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/cases/case_run.h"
#include "app/commands/commands.h"

namespace sluice {
namespace {

struct TestOptions {
  std::string path;
  bool update = false;
};

// Folders at or below `path` that hold a case.
std::vector<std::string> FindCases(const std::string& path) {
  std::filesystem::path place(path);
  if (place.filename() == "case.test") place = place.parent_path().empty() ? "." : place.parent_path();
  std::vector<std::string> found;
  std::error_code error;
  if (std::filesystem::exists(place / "case.test")) found.push_back(place.string());
  for (std::filesystem::recursive_directory_iterator it(place, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_directory() && std::filesystem::exists(it->path() / "case.test"))
      found.push_back(it->path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool RunOne(const std::string& folder, const TestOptions& options, const Components& components) {
  const Result<CaseResult> result = RunCase(folder, components, {});
  if (!result.ok()) {
    fmt::print("FAILED {}\n  {}\n", folder, result.status().message());
    return false;
  }
  if (options.update && !result->updated.empty()) {
    (void)ReplaceFile(SystemFiles(), folder + "/case.test", result->updated);
    fmt::print("updated {}\n", folder);
    return true;
  }
  for (const std::string& failure : result->failures) fmt::print("FAILED {}/case.test {}\n", folder, failure);
  if (result->failures.empty()) fmt::print("ok     {}\n", folder);
  return result->failures.empty();
}

int RunTests(const TestOptions& options, const Components& components) {
  const std::vector<std::string> folders = FindCases(options.path);
  if (folders.empty()) {
    fmt::print(stderr, "sluice: no case.test at or below {}\n", options.path);
    return kWrongUse;
  }
  size_t passed = 0;
  for (const std::string& folder : folders) passed += RunOne(folder, options, components) ? 1 : 0;
  fmt::print("{} passed, {} failed\n", passed, folders.size() - passed);
  return passed == folders.size() ? kDone : kAnswerIsNo;
}

}  // namespace

void AddTestCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command = cli.add_subcommand("test", "runs pipeline tests in virtual time");
  command->footer(
      "A test is a folder with pipeline.toml and case.test: blocks apart by empty lines, each a verb, a "
      "body, and\n"
      "behind ---- what is expected. Verbs:\n"
      "  clock TIME | advance DURATION | ingest STREAM TYPE [header:value…] | post PATH TYPE | get PATH | "
      "sql\n"
      "  audit | restart | errors (of the pipeline file) | write FILE | append FILE | remove FILE | rename "
      "OLD NEW\n"
      "Examples:\n"
      "  sluice test tests/pipelines\n"
      "  sluice test tests/pipelines/late_data --update");
  auto options = std::make_shared<TestOptions>();
  command->add_option("PATH", options->path, "a case.test, or a folder with cases at or below it")
      ->required();
  command->add_flag("--update", options->update, "write what came in place of what was expected");
  command->callback(
      [=, &components, &action] { action = [=, &components] { return RunTests(*options, components); }; });
}

}  // namespace sluice
