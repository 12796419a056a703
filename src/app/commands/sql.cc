#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "api/api.h"
#include "app/commands/commands.h"
#include "app/console/csv_table.h"
#include "app/console/json_table.h"
#include "app/console/parquet_bytes.h"
#include "app/console/statement_reader.h"
#include "app/console/terminal_text.h"
#include "core/bytes.h"
#include "core/json_text.h"

namespace sluice {
namespace {

struct SqlOptions {
  Whom whom;
  std::vector<std::string> words;
  std::string format;
  std::string out;
  int64_t limit = kMostSqlRows;
  bool limited = false;  // by the user
  bool json = false;
};

// What was asked for, or what the ending of --out says, or what suits where it goes.
std::string FormatOf(const SqlOptions& options) {
  if (options.json) return "json";
  if (!options.format.empty()) return options.format;
  for (const char* format : {"csv", "json", "parquet"}) {
    if (options.out.ends_with(fmt::format(".{}", format))) return format;
  }
  return ::isatty(STDOUT_FILENO) != 0 && options.out.empty() ? "table" : "csv";
}

std::string_view MediaTypeFor(const std::string& format) {
  if (format == "json") return "application/x-ndjson";
  return format == "parquet" ? "application/vnd.apache.arrow.stream" : "text/csv";
}

Result<std::string> Rendered(const std::string& format, std::string body) {
  if (format == "json") return JsonArrayOfLines(body) + "\n";
  if (format == "parquet") return ParquetOfArrowStream(body);
  if (format == "csv") return body;
  SLUICE_ASSIGN(const TextTable table, TableOfCsv(body));
  return table.Text() + fmt::format("({} row{})\n", table.rows(), table.rows() == 1 ? "" : "s");
}

std::string HeaderOf(const http::Response& answer, std::string_view wanted) {
  for (const auto& [name, value] : answer.headers) {
    if (name == wanted) return value;
  }
  return "";
}

// Why the answer is not what was asked for; "" when it is. What the user's own limit cut is.
std::string WhyCut(const http::Response& answer, const SqlOptions& options) {
  const std::string most_bytes = HeaderOf(answer, "sluice-most-bytes");
  if (HeaderOf(answer, "sluice-truncated") != "true" || (options.limited && most_bytes.empty())) return "";
  const std::string most = most_bytes.empty()
                               ? fmt::format("{} rows", options.limit)
                               : FormatByteSize({std::strtoll(most_bytes.c_str(), nullptr, 10)});
  return fmt::format("cut after {} rows: one answer has at most {}; narrow the query or export in parts{}",
                     HeaderOf(answer, "sluice-rows"), most,
                     options.out.empty() ? "" : fmt::format(" ({} is not written)", options.out));
}

void SayWhenThereIsMore(const http::Response& answer, const SqlOptions& options) {
  if (HeaderOf(answer, "sluice-truncated") != "true") return;
  fmt::print(stderr, "sluice: there are more rows than these {}, as --limit says\n", options.limit);
}

Result<int> RunQuery(Answerer& answerer, const std::string& query, const SqlOptions& options) {
  const std::string format = FormatOf(options);
  http::Request request = PostRequest("/api/sql", fmt::format(R"({{"query":{}}})", JsonText(query)));
  request.query.emplace_back("limit", std::to_string(options.limit));
  request.headers.emplace_back("accept", MediaTypeFor(format));
  SLUICE_ASSIGN(http::Response answer, answerer.Ask(std::move(request)));
  if (const std::string why = WhyCut(answer, options); !why.empty()) {
    fmt::print(stderr, "sluice: {}\n", TerminalText(why));
    return kAnswerIsNo;
  }
  SLUICE_ASSIGN(const std::string text, Rendered(format, std::move(answer.body)));
  if (!options.out.empty()) {
    SLUICE_TRY(ReplaceFile(SystemFiles(), options.out, text).In("--out"));
  } else {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }
  SayWhenThereIsMore(answer, options);
  return kDone;
}

// The same with the exit code for a failure.
int Answer(Answerer& answerer, const std::string& query, const SqlOptions& options) {
  const Result<int> code = RunQuery(answerer, query, options);
  return code.ok() ? *code : Explain(code.status());
}

// Statements from the terminal or a pipe. A person goes on after a mistake, a script ends there.
int Prompt(Answerer& answerer, const SqlOptions& options) {
  const bool person = ::isatty(STDIN_FILENO) != 0;
  StatementReader reader;
  const auto run = [&](const std::string& statement) { return Answer(answerer, statement, options); };
  if (person) fmt::print("A statement ends with a semicolon; \\q or Ctrl-D ends the prompt.\n");
  std::string line;
  while (!reader.quit()) {
    if (person) {
      fmt::print("{}", reader.pending() ? "   ...> " : "sluice> ");
      std::fflush(stdout);
    }
    if (!std::getline(std::cin, line)) break;
    for (const std::string& statement : reader.Feed(line)) {
      const int code = run(statement);
      if (code != kDone && !person) return code;
    }
  }
  const std::string rest = reader.Rest();
  return rest.empty() || person ? kDone : run(rest);
}

int RunSql(SqlOptions options, const Components& components) {
  options.whom.file = TakeFile(options.words);
  if (options.words.size() > 1) {
    return Explain(Status::Reject(
        "more than one query; put it in quotes: sluice sql \"SELECT count(*) FROM readings\""));
  }
  int code = kDone;
  const auto answerer = FindAnswerer(options.whom, Offline::look, components, &code);
  if (answerer == nullptr) return code;
  if (options.words.empty()) return Prompt(*answerer, options);
  return Answer(*answerer, options.words[0], options);
}

}  // namespace

void AddSqlCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command = cli.add_subcommand("sql", "a SELECT over streams and summaries; without a query: a prompt");
  command->footer(
      "Examples:\n"
      "  sluice sql \"SELECT count(*) FROM readings\"          asks http://127.0.0.1:8080\n"
      "  sluice sql pipeline.toml \"SELECT * FROM readings LIMIT 5\" --json\n"
      "  sluice sql \"SELECT * FROM readings\" --out readings.parquet\n"
      "  sluice sql pipeline.toml < queries.sql\n"
      "With a pipeline file that nobody runs it works offline on its data directory. A query has 30 s, its\n"
      "answer 64MiB, offline 256MiB: one that is larger fails (exit code 1) and nothing of it is written.");
  auto options = std::make_shared<SqlOptions>();
  command->add_option("WORDS", options->words, "[FILE] [QUERY]: the pipeline file, and a SELECT in quotes")
      ->type_name("");
  AddWhomOptions(*command, options->whom);
  command
      ->add_option(
          "--format", options->format,
          "table, csv, json or parquet (default: by the ending of --out; table on a terminal, otherwise csv)")
      ->check(CLI::IsMember({"table", "csv", "json", "parquet"}))
      ->type_name("FORMAT");
  command->add_flag("--json", options->json, "one array of objects; the same as --format json");
  command->add_option("--out", options->out, "write to this file, which is replaced (default: stdout)")
      ->type_name("PATH");
  auto* limit = command->add_option("--limit", options->limit, "rows at most")
                    ->check(CLI::Range(int64_t{1}, kMostSqlRows))
                    ->capture_default_str();
  command->callback([=, &components, &action] {
    options->limited = limit->count() > 0;
    action = [=, &components] { return RunSql(*options, components); };
  });
}

}  // namespace sluice
