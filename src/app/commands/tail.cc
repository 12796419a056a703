#include <cstdio>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/commands/at_least.h"
#include "app/commands/commands.h"
#include "app/console/terminal_text.h"
#include "http/client.h"

namespace sluice {
namespace {

constexpr Duration kConnectWithin = std::chrono::seconds(10);
constexpr auto kTryAgainAfter = std::chrono::seconds(1);

struct TailOptions {
  Whom whom;
  std::vector<std::string> words;
  int64_t limit = 0;  // 0: for ever
  bool future = false;
  bool json = false;  // changes nothing: every line is JSON
};

// A stream followed over connections that come and go: each goes on behind the last reading that was printed.
class Tail {
 public:
  Tail(const Answerer& answerer, std::string stream, const TailOptions& options)
      : url_(answerer.Url()),
        hint_(answerer.Hint()),
        stream_(std::move(stream)),
        options_(options),
        terminal_(::isatty(STDOUT_FILENO) != 0) {}

  // Until the limit is reached (ok), or the question was refused.
  Status Run() {
    while (true) {
      const Status status = http::ReadEvents(url_, Request(), kConnectWithin,
                                             [this](const http::ServerEvent& event) { return Print(event); });
      if (status.ok() || Refused(status)) return status;
      if (!connected_) return Unreachable(url_, status, hint_);
      fmt::print(stderr, "sluice: lost the connection ({}), trying again\n", TerminalText(status.message()));
      std::this_thread::sleep_for(kTryAgainAfter);
    }
  }

 private:
  http::Request Request() const {
    http::Request request = GetRequest("/api/live/" + stream_);
    if (options_.future) request.query.emplace_back("future", "include");
    if (!last_id_.empty()) request.headers.emplace_back("last-event-id", last_id_);
    if (!options_.whom.token.empty())
      request.headers.emplace_back("authorization", "Bearer " + options_.whom.token);
    return request;
  }

  // A server in trouble (5xx) is asked again, also one that is just stopping.
  static bool Refused(const Status& status) {
    return status.code() == Code::reject && !status.message().starts_with("the server answered 5");
  }

  bool Print(const http::ServerEvent& event) {
    connected_ = true;
    last_id_ = event.id;
    if (event.event == "gap") {
      fmt::print(stderr, "sluice: the log no longer holds what came in between: {}\n",
                 TerminalText(event.data));
      return true;
    }
    if (event.event != "message") return true;
    fmt::print("{}\n", terminal_ ? TerminalText(event.data) : event.data);
    std::fflush(stdout);
    return options_.limit == 0 || ++printed_ < options_.limit;
  }

  const std::string url_;
  const std::string hint_;
  const std::string stream_;
  const TailOptions& options_;
  const bool terminal_;
  std::string last_id_;
  bool connected_ = false;  // at least once
  int64_t printed_ = 0;
};

int RunTail(TailOptions options, const Components& components) {
  options.whom.file = TakeFile(options.words);
  if (options.words.size() > 1) return TooMany(options.words);
  if (options.words.empty()) return Explain(Status::Reject("which stream? `sluice status` lists them"));
  int code = kDone;
  const auto answerer = FindAnswerer(options.whom, Offline::no, components, &code);
  if (answerer == nullptr) return code;
  const Status status = Tail(*answerer, options.words[0], options).Run();
  return status.ok() ? kDone : Explain(status);
}

}  // namespace

void AddTailCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command =
      cli.add_subcommand("tail", "live readings of a stream, one JSON object a line, until Ctrl-C");
  command->footer(
      "Examples:\n"
      "  sluice tail readings\n"
      "  sluice tail pipeline.toml readings --limit 10\n"
      "Begins with the next reading. After a lost connection it goes on behind the last one it printed,\n"
      "as far as the log still holds what came in between.");
  auto options = std::make_shared<TailOptions>();
  command->add_option("WORDS", options->words, "[FILE] STREAM: the pipeline file, and the stream")
      ->type_name("")
      ->required();
  AddWhomOptions(*command, options->whom);
  command->add_option("--limit", options->limit, "end after so many readings (default: never)")
      ->check(AtLeast(1));
  command->add_flag("--future", options->future,
                    "also readings whose time lies ahead of their arrival by more than max_future");
  AddJsonOption(*command, options->json);
  command->callback(
      [=, &components, &action] { action = [=, &components] { return RunTail(*options, components); }; });
}

}  // namespace sluice
