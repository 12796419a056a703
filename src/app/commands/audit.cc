#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/console/json_table.h"
#include "app/console/terminal_text.h"

namespace sluice {
namespace {

struct AuditOptions {
  Whom whom;
  std::vector<std::string> words;
  bool deep = false;
  bool json = false;
};

int PrintAudit(const std::string& body) {
  std::vector<JsonColumn> columns;
  for (const char* term : {"received", "stored", "filtered", "duplicate", "late", "dead", "gaps", "lost",
                           "expired", "waiting"}) {
    columns.push_back({term, term, true});
  }
  if (const int code = PrintTable(TableOfMembers(body, "/jobs", "job", columns)); code != kDone) return code;
  for (int i = 0;; ++i) {
    const std::string finding = JsonMember(body, fmt::format("/findings/{}", i));
    if (finding.empty()) break;
    fmt::print("{}\n", TerminalText(finding));
  }
  fmt::print("{}\n", JsonMember(body, "/ok") == "true"
                         ? "ok: every reading is accounted for, none is lost"
                         : "NOT OK: the books do not balance, or readings are lost");
  return kDone;
}

int ShowAudit(AuditOptions options, const Components& components) {
  options.whom.file = TakeFile(options.words);
  if (!options.words.empty()) return TooMany(options.words);
  int code = kDone;
  const auto answerer = FindAnswerer(options.whom, Offline::look, components, &code);
  if (answerer == nullptr) return code;
  const auto answer = answerer->Ask(GetRequest("/api/audit", {{"deep", options.deep ? "true" : "false"}}));
  if (!answer.ok()) return Explain(answer.status());
  if (options.json) {
    fmt::print("{}\n", answer->body);
  } else if (code = PrintAudit(answer->body); code != kDone) {
    return code;
  }
  return JsonMember(answer->body, "/ok") == "true" ? kDone : kAnswerIsNo;
}

}  // namespace

void AddAuditCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command = cli.add_subcommand("audit", "the books: every reading received, and what became of it");
  command->footer(
      "Examples:\n"
      "  sluice audit                          asks http://127.0.0.1:8080\n"
      "  sluice audit pipeline.toml --deep     the process that runs the file, or its data when none does\n"
      "  sluice audit pipeline.toml --json\n"
      "Exit code 0 when the books balance and nothing is lost, 1 when not; readings that wait are fine.");
  auto options = std::make_shared<AuditOptions>();
  command->add_option("FILE", options->words, "the pipeline file");
  AddWhomOptions(*command, options->whom);
  command->add_flag("--deep", options->deep,
                    "also count the rows of every table and compare (default: positions alone)");
  AddJsonOption(*command, options->json);
  command->callback(
      [=, &components, &action] { action = [=, &components] { return ShowAudit(*options, components); }; });
}

}  // namespace sluice
