#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/console/terminal_text.h"

namespace sluice {

void AddWhomOptions(CLI::App& command, Whom& whom) {
  command.add_option("--url", whom.url, fmt::format("where to ask without FILE (default {})", kDefaultUrl))
      ->type_name("URL");
  command.add_option("--token", whom.token, "sent as Authorization: Bearer")->envname("SLUICE_TOKEN");
  command.add_option("--env-file", whom.env_file, "variables for ${NAME} in FILE, in dotenv syntax");
}

void AddJsonOption(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "JSON for machines instead of text for people");
}

int PrintTable(const Result<TextTable>& table, std::string_view when_empty) {
  if (!table.ok()) return Explain(table.status());
  if (table->rows() == 0 && !when_empty.empty()) {
    fmt::print("{}\n", when_empty);
  } else {
    fmt::print("{}", table->Text());
  }
  return kDone;
}

int TooMany(const std::vector<std::string>& words) {
  fmt::print(stderr, "sluice: what is '{}'? --help shows what this command takes\n",
             TerminalText(words.back()));
  return kWrongUse;
}

}  // namespace sluice
