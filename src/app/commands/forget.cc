#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/console/json_table.h"
#include "app/console/terminal_text.h"

namespace sluice {
namespace {

struct ForgetOptions {
  Whom whom;
  std::vector<std::string> words;
  bool json = false;
};

int ForgetJob(ForgetOptions options, const Components& components) {
  options.whom.file = TakeFile(options.words);
  if (options.words.size() > 1) return TooMany(options.words);
  if (options.words.empty()) {
    fmt::print(stderr, "sluice: which job? `sluice audit` lists them\n");
    return kWrongUse;
  }
  int code = kDone;
  const auto answerer = FindAnswerer(options.whom, Offline::no, components, &code);
  if (answerer == nullptr) return code;
  const auto answer = answerer->Ask(PostRequest("/api/jobs/" + options.words[0] + "/forget", ""));
  if (!answer.ok()) return Explain(answer.status());
  if (options.json) {
    fmt::print("{}\n", answer->body);
  } else {
    fmt::print("forgotten: {}\n", TerminalText(JsonMember(answer->body, "/forgotten")));
  }
  return kDone;
}

}  // namespace

void AddForgetCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command =
      cli.add_subcommand("forget", "gives up the position of a job that is gone from the pipeline file");
  command->footer(
      "Examples:\n"
      "  sluice forget store.old_readings\n"
      "  sluice forget pipeline.toml store.old_readings\n"
      "Needs a running pipeline. A job that runs cannot be forgotten; a forgotten one no longer holds the "
      "log back.\nIts table stays; a stream that comes back goes on behind its last row.");
  auto options = std::make_shared<ForgetOptions>();
  command
      ->add_option("WORDS", options->words,
                   "[FILE] JOB: the pipeline file, and the job as `sluice audit` calls it")
      ->type_name("")
      ->required();
  AddWhomOptions(*command, options->whom);
  AddJsonOption(*command, options->json);
  command->callback(
      [=, &components, &action] { action = [=, &components] { return ForgetJob(*options, components); }; });
}

}  // namespace sluice
