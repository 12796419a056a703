#include <algorithm>
#include <cstdlib>
#include <limits>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands/at_least.h"
#include "app/commands/commands.h"
#include "app/console/json_table.h"
#include "app/console/terminal_text.h"

namespace sluice {
namespace {

// What one request may ask for.
constexpr int64_t kMostAtOnce = 1'000;

struct DeadOptions {
  Whom whom;
  std::vector<std::string> words;
  std::string stream;
  int64_t limit = 0;  // 0: all
  bool all = false;
  bool json = false;
};

bool IsId(const std::string& word) {
  return !word.empty() && word.size() < 19 && word.find_first_not_of("0123456789") == std::string::npos;
}

// Page by page, until there are no more or the limit is reached: one array.
Result<std::string> ListLetters(Answerer& answerer, const DeadOptions& options) {
  std::string array;
  std::string after = "0";
  for (int64_t left = options.limit > 0 ? options.limit : std::numeric_limits<int64_t>::max(); left > 0;) {
    const int64_t limit = std::min(left, kMostAtOnce);
    std::vector<std::pair<std::string, std::string>> query = {{"limit", std::to_string(limit)},
                                                              {"after", after}};
    if (!options.stream.empty()) query.emplace_back("stream", options.stream);
    SLUICE_ASSIGN(const http::Response answer, answerer.Ask(GetRequest("/api/dead", query)));
    SLUICE_ASSIGN(const std::vector<std::string> letters, JsonElements(answer.body));
    for (const std::string& letter : letters) array += (array.empty() ? "" : ",\n") + letter;
    const auto count = static_cast<int64_t>(letters.size());
    if (count < limit) break;
    after = JsonMember(letters.back(), "/id");
    left -= count;
  }
  return "[" + array + "]";
}

int ListDead(Answerer& answerer, const DeadOptions& options) {
  if (!options.words.empty()) return TooMany(options.words);
  const Result<std::string> list = ListLetters(answerer, options);
  if (!list.ok()) return Explain(list.status());
  if (options.json) {
    fmt::print("{}\n", *list);
    return kDone;
  }
  return PrintTable(TableOfObjects(*list, "",
                                   {{"id", "id", true},
                                    {"stream", "stream"},
                                    {"arrival", "arrival"},
                                    {"source", "source"},
                                    {"reason", "reason"},
                                    {"length", "bytes", true},
                                    {"text", "text"}}),
                    "no dead letters");
}

// One letter as it is, with every byte that was kept.
void PrintLetter(const std::string& letter) {
  for (const char* member :
       {"id", "stream", "job", "partition", "position", "reason", "source", "arrival", "length", "hash"}) {
    fmt::print("{:<10} {}\n", member, TerminalText(JsonMember(letter, fmt::format("/{}", member))));
  }
  const std::string base64 = JsonMember(letter, "/base64");
  if (base64.empty()) {
    fmt::print("{:<10} {}\n", "text", TerminalText(JsonMember(letter, "/text")));
  } else {
    fmt::print("{:<10} {}\n", "base64", base64);
  }
}

int ShowDead(Answerer& answerer, const DeadOptions& options) {
  std::string array;
  for (const std::string& id : options.words) {
    const auto answer = answerer.Ask(GetRequest("/api/dead", {{"id", id}}));
    if (!answer.ok()) return Explain(answer.status());
    const auto letters = JsonElements(answer->body);
    if (!letters.ok()) return Explain(letters.status());
    if (letters->empty()) return Explain(Status::Reject("there is no dead letter " + id));
    if (!options.json) {
      if (id != options.words.front()) fmt::print("\n");
      PrintLetter(letters->front());
    }
    array += (array.empty() ? "" : ",\n") + letters->front();
  }
  if (options.json) fmt::print("[{}]\n", array);
  return kDone;
}

// What became of letters: how many were replayed or dropped, those that stay, and what kept it from the rest.
struct Changed {
  Status status;
  int64_t done = 0;
  std::vector<std::string> stayed;  // JSON objects: id, reason
};

std::string Done(const std::string& verb) { return verb == "replay" ? "replayed" : "dropped"; }

// In requests of a bearable size.
Changed ChangeAll(Answerer& answerer, const std::string& verb, const std::vector<std::string>& ids) {
  constexpr size_t kIdsAtOnce = 500;
  Changed changed;
  for (size_t at = 0; at < ids.size(); at += kIdsAtOnce) {
    const size_t end = std::min(at + kIdsAtOnce, ids.size());
    const std::string body = fmt::format(
        R"({{"ids":[{}]}})",
        fmt::join(ids.begin() + static_cast<ptrdiff_t>(at), ids.begin() + static_cast<ptrdiff_t>(end), ","));
    const auto answer = answerer.Ask(PostRequest("/api/dead/" + verb, body));
    if (!answer.ok()) {
      changed.status = answer.status();
      break;
    }
    changed.done += std::strtoll(JsonMember(answer->body, "/" + Done(verb)).c_str(), nullptr, 10);
    const std::string stayed = JsonMember(answer->body, "/stayed");
    if (stayed.empty()) continue;
    const auto letters = JsonElements(stayed);
    if (!letters.ok()) {
      changed.status = letters.status();
      break;
    }
    changed.stayed.insert(changed.stayed.end(), letters->begin(), letters->end());
  }
  return changed;
}

int ChangeDead(Answerer& answerer, const std::string& verb, const DeadOptions& options) {
  constexpr size_t kReasonsShown = 20;
  std::vector<std::string> ids = options.words;
  if (options.all) {
    const Result<std::string> list = ListLetters(answerer, options);
    if (!list.ok()) return Explain(list.status());
    const auto letters = JsonElements(*list);
    if (!letters.ok()) return Explain(letters.status());
    for (const std::string& letter : *letters) ids.push_back(JsonMember(letter, "/id"));
  }
  const auto [status, done, stayed] = ChangeAll(answerer, verb, ids);
  const std::string word = Done(verb);
  const int code = !status.ok() ? Explain(status) : stayed.empty() ? kDone : kAnswerIsNo;
  if (options.json) {
    const std::string rest =
        verb == "replay" ? fmt::format(R"(,"stayed":[{}])", fmt::join(stayed, ",")) : std::string();
    fmt::print("{{\"{}\":{}{}}}\n", word, done, rest);
    return code;
  }
  fmt::print("{} {}\n", done, word);
  if (stayed.empty()) return code;
  fmt::print(stderr, "{} stayed as they are:\n", stayed.size());
  for (size_t i = 0; i < std::min(stayed.size(), kReasonsShown); ++i) {
    fmt::print(stderr, "  {}: {}\n", JsonMember(stayed[i], "/id"),
               TerminalText(JsonMember(stayed[i], "/reason")));
  }
  if (stayed.size() > kReasonsShown) fmt::print(stderr, "  and {} more\n", stayed.size() - kReasonsShown);
  return code;
}

int RunDead(const std::string& verb, DeadOptions options, const Components& components) {
  options.whom.file = TakeFile(options.words);
  const auto wrong = std::find_if_not(options.words.begin(), options.words.end(), IsId);
  if (wrong != options.words.end()) {
    return Explain(
        Status::Reject(fmt::format("'{}' is no id of a dead letter; `sluice dead ls` lists them", *wrong)));
  }
  if (verb != "ls" && options.words.empty() && !options.all) {
    return Explain(Status::Reject("which ones? `sluice dead ls` lists their ids"));
  }
  const bool changes = verb == "replay" || verb == "drop";
  int code = kDone;
  const auto answerer =
      FindAnswerer(options.whom, changes ? Offline::change : Offline::look, components, &code);
  if (answerer == nullptr) return code;
  if (verb == "ls") return ListDead(*answerer, options);
  if (verb == "show") return ShowDead(*answerer, options);
  return ChangeDead(*answerer, verb, options);
}

struct Verb {
  const char* name;
  const char* sentence;
  const char* words;
  const char* footer;
};
constexpr Verb kVerbs[] = {
    {"ls", "lists them, oldest first, with reason and first bytes", "[FILE]",
     "Examples:\n  sluice dead ls\n  sluice dead ls pipeline.toml --stream readings --json"},
    {"show", "shows some with all bytes that were kept (64 KiB at most)", "[FILE] ID…",
     "Examples:\n  sluice dead show 17\n  sluice dead show pipeline.toml 17 18 --json"},
    {"replay",
     "offers them to their stream again, after the pipeline file was mended; those stored are dropped",
     "[FILE] ID…",
     "Examples:\n  sluice dead replay 17 18\n  sluice dead replay --all --stream readings\n"
     "Each is read as its source would read it now, whatever its format: a line of CSV is kept with its "
     "header.\n"
     "One that is still bad stays, with its reason (exit code 1), and the others go on. Twice stores once."},
    {"drop", "removes them for good", "[FILE] ID…",
     "Examples:\n  sluice dead drop 17\n  sluice dead drop pipeline.toml --all"},
};

void AddDeadVerb(CLI::App& parent, const Verb& verb, const Components& components, Action& action) {
  auto* command = parent.add_subcommand(verb.name, verb.sentence);
  command->footer(verb.footer);
  const std::string name = verb.name;
  auto options = std::make_shared<DeadOptions>();
  command->add_option("WORDS", options->words, fmt::format("{}: the pipeline file and ids", verb.words))
      ->type_name("");
  AddWhomOptions(*command, options->whom);
  AddJsonOption(*command, options->json);
  if (name != "show")
    command->add_option("--stream", options->stream, "only those of this stream (default: all)");
  if (name == "ls")
    command->add_option("--limit", options->limit, "how many at most (default: all)")->check(AtLeast(1));
  if (name == "replay" || name == "drop")
    command->add_flag("--all", options->all, "all there are, or all of --stream");
  command->callback([=, &components, &action] {
    action = [=, &components] { return RunDead(name, *options, components); };
  });
}

}  // namespace

void AddDeadCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command = cli.add_subcommand("dead", "dead letters: readings that could not be decoded or stored");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  sluice dead ls pipeline.toml\n"
      "  sluice dead show 17\n"
      "  sluice dead replay --all\n"
      "With a pipeline file that nobody runs they work offline on its data directory.");
  for (const Verb& verb : kVerbs) AddDeadVerb(*command, verb, components, action);
}

}  // namespace sluice
