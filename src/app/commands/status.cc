#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/console/json_table.h"
#include "app/console/terminal_text.h"

namespace sluice {
namespace {

struct StatusOptions {
  Whom whom;
  std::vector<std::string> words;
  bool json = false;
};

int PrintStatus(const std::string& body) {
  fmt::print("{}\n\n", TerminalText(JsonMember(body, "/state")));
  if (const int code = PrintTable(TableOfObjects(body, "/components",
                                                 {{"name", "component"},
                                                  {"kind", "kind"},
                                                  {"healthy", "healthy"},
                                                  {"progress", "progress", true},
                                                  {"waits_for", "waits for"}}));
      code != kDone) {
    return code;
  }
  fmt::print("\n");
  const int code = PrintTable(TableOfObjects(body, "/streams",
                                             {{"name", "stream"},
                                              {"accepted", "accepted since start", true},
                                              {"under_way_bytes", "bytes under way", true}}));
  if (code != kDone) return code;
  fmt::print("\n");
  const auto gone = JsonElements(JsonMember(body, "/gone_jobs"));
  if (gone.ok() && !gone->empty()) {
    fmt::print("left the file, `sluice forget JOB` gives up their positions: {}\n\n",
               TerminalText(fmt::format("{}", fmt::join(*gone, ", "))));
  }
  return PrintTable(TableOfObjects(body, "/jobs",
                                   {{"name", "job"},
                                    {"stream", "stream"},
                                    {"waiting", "waiting", true},
                                    {"terms.stored", "stored", true},
                                    {"terms.dead", "dead", true},
                                    {"terms.lost", "lost", true}}));
}

int ShowStatus(StatusOptions options, const Components& components) {
  options.whom.file = TakeFile(options.words);
  if (!options.words.empty()) return TooMany(options.words);
  int code = kDone;
  const auto answerer = FindAnswerer(options.whom, Offline::no, components, &code);
  if (answerer == nullptr) return code;
  const auto answer = answerer->Ask(GetRequest("/api/status"));
  if (!answer.ok()) return Explain(answer.status());
  if (!options.json) return PrintStatus(answer->body);
  fmt::print("{}\n", answer->body);
  return kDone;
}

}  // namespace

void AddStatusCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command = cli.add_subcommand("status", "what runs, how far it is and who waits for whom");
  command->footer(
      "Examples:\n"
      "  sluice status\n"
      "  sluice status pipeline.toml --json\n"
      "Needs a running pipeline. `waiting`: readings in the log that the job has not committed yet.");
  auto options = std::make_shared<StatusOptions>();
  command->add_option("FILE", options->words, "the pipeline file, to ask the process that runs it");
  AddWhomOptions(*command, options->whom);
  AddJsonOption(*command, options->json);
  command->callback(
      [=, &components, &action] { action = [=, &components] { return ShowStatus(*options, components); }; });
}

}  // namespace sluice
