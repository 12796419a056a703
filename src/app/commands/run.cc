#include <atomic>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/asking.h"
#include "app/changed_sections.h"
#include "app/commands/commands.h"
#include "app/health_events.h"
#include "app/instance.h"
#include "app/report.h"
#include "app/served_pipeline.h"
#include "app/signals.h"
#include "app/starting.h"
#include "app/status_line.h"
#include "config/server.h"
#include "engine/runner.h"
#include "http/listener.h"
#include "platform/directory_lock.h"
#include "telemetry/events.h"

namespace sluice {
namespace {

constexpr Duration kDrainLimit = std::chrono::seconds(8);

struct RunOptions {
  std::string file;
  std::string env_file;
  std::vector<std::string> only;
  std::string instance;
  bool until_done = false;
};

// A pipeline with its API, listener and threads: what `sluice run` starts and stops.
class RunningPipeline {
 public:
  explicit RunningPipeline(const Components& components) : components_(components) {}

  // The listener comes first: a port in use leaves nothing behind, and whoever asks hears what is waited for.
  Status Start(PipelineSpec spec, const Roles& roles, const std::string& instance) {
    SLUICE_ASSIGN(const ListenAddress address, ParseListen(spec.server.listen));
    SLUICE_TRY(Listen(spec, address));
    const PipelineContext context{.components = components_,
                                  .clock = SystemClock(),
                                  .files = SystemFiles(),
                                  .roles = roles,
                                  .instance = instance,
                                  .opening = [this](const std::string& component, const std::string& reason) {
                                    starting_.WaitsFor(component, reason);
                                  }};
    SLUICE_ASSIGN(served_, ServedPipeline::Open(std::move(spec), context));
    pipeline().NoteUrl(UrlOfListen(address.host, listener_->port()));
    listener_->Serve(pipeline().router());
    threads_.emplace(SystemClock(), [this](const Status& status) {
      Event(Level::error, "sluice", status.message());
      failed_ = true;
    });
    for (Task* task : pipeline().Tasks()) threads_->Start(*task);
    return {};
  }

  // Sources refuse, the log flushes, jobs commit what they hold within the limit.
  void Stop() {
    Event(Level::info, "sluice", "stopping: sources refuse, jobs commit what the log holds");
    pipeline().Drain();
    const Timestamp limit = SystemClock().Now() + kDrainLimit;
    while (!pipeline().Drained() && SystemClock().Now() < limit && !failed_) {
      WaitForSignal(std::chrono::milliseconds(20));
    }
    listener_->Stop();
    threads_->Stop();
  }

  // Nothing more comes: jobs need not wait until there is enough for a whole commit.
  void Hurry() {
    if (pipeline().sources().empty()) return;  // jobs alone would hand over instead
    pipeline().Drain();
    (void)pipeline().Drained();
  }

  bool failed() const { return failed_; }
  Pipeline& pipeline() { return **served_; }
  std::string url() const { return listener_->url(); }

 private:
  Status Listen(const PipelineSpec& spec, const ListenAddress& address) {
    auto listener = http::Listener::Open({.address = address.host,
                                          .port = static_cast<uint16_t>(address.port),
                                          .insecure = spec.server.insecure},
                                         starting_.router());
    if (listener.ok()) {
      listener_ = *std::move(listener);
      return {};
    }
    // Who starts a pipeline twice is told of the pipeline, not of its port.
    SLUICE_TRY(DirectoryLock::CheckFree(spec.data_dir));
    return listener.status();
  }

  const Components& components_;
  std::atomic<bool> failed_{false};
  // The destructor ends them in reverse.
  Starting starting_;
  std::unique_ptr<ServedPipeline> served_;
  std::unique_ptr<http::Listener> listener_;
  std::optional<Threads> threads_;
};

void PrintWelcome(const std::string& url, const Pipeline& pipeline) {
  if (!pipeline.roles().api) {
    fmt::print("sluice is running --only {}: {}/readyz\n", pipeline.roles().Text(), url);
    std::fflush(stdout);
    return;
  }
  const std::string& stream = pipeline.spec().DefaultStream().name;
  fmt::print(
      "sluice is running: {}\n"
      "  newest readings   curl {}/data/latest?limit=3\n"
      "  SQL               sluice sql --url {} \"SELECT count(*) FROM {}\"\n"
      "  the books         sluice audit --url {}\n"
      "Ctrl-C stops it; nothing that was acknowledged is lost.\n",
      url, url, url, stream, url);
  std::fflush(stdout);
}

// What a run that came to its end could not bring in.
int ExplainRefused(const Report& report, const std::string& file) {
  int code = kDone;
  for (const ComponentReport& component : report.components) {
    if (!component.ended || component.finished) continue;
    Event(Level::error, component.name, "ended without all of its input: " + component.health.message());
    code = kAnswerIsNo;
  }
  int64_t dead = 0;
  for (const JobReport& job : report.jobs) dead += job.terms.dead;
  if (dead > 0) {
    Event(Level::warn, "sluice",
          fmt::format("readings that could not be used, in this run or before: {}. sluice dead ls {} shows "
                      "those that are still kept",
                      dead, file));
  }
  return code;
}

std::string TextOf(const std::string& file) {
  auto text = ReadWholeFile(SystemFiles(), file, kMaxPipelineFile);
  return text.ok() ? *std::move(text) : "";
}

void TellOfReload(const RunOptions& options, const std::string& running, const Components& components) {
  if (LoadOrExplain(options.file, options.env_file, components) == nullptr) {
    return Event(Level::error, "sluice", "the file has errors; nothing changed");
  }
  const std::vector<std::string> sections = ChangedSections(running, TextOf(options.file));
  if (sections.empty()) return Event(Level::info, "sluice", "the file is as it was; nothing to apply");
  Event(Level::warn, "sluice", "the file has changed; a restart applies it",
        {{"changed", fmt::format("{}", fmt::join(sections, ", "))}});
}

// Opening may take long, and nothing is acknowledged meanwhile: a stop signal ends the process at once.
class StopsWhileOpening {
 public:
  StopsWhileOpening() : thread_([this] { Watch(); }) {}
  ~StopsWhileOpening() {
    open_ = true;
    thread_.join();
  }

 private:
  void Watch() {
    while (!open_) {
      if (WaitForSignal(std::chrono::milliseconds(50)) != Signal::stop) continue;
      if (open_) return (void)::kill(::getpid(), SIGTERM);  // meant for who drains
      Event(Level::info, "sluice", "stopped before it had started");
      std::_Exit(kDone);
    }
  }

  std::atomic<bool> open_{false};
  std::thread thread_;  // last: it reads the flag
};

int RunPipeline(const RunOptions& options, const Components& components) {
  auto spec = LoadOrExplain(options.file, options.env_file, components);
  if (spec == nullptr) return kWrongUse;
  const auto roles = ParseRoles(options.only, *spec, SharedPartsOf(*spec, components));
  if (!roles.ok()) return Explain(roles.status());
  const std::string text = TextOf(options.file);
  BlockSignals();
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  StartEvents({.format = terminal ? EventFormat::text : EventFormat::json, .role = roles->Text()});
  RunningPipeline running(components);
  // What runs on one machine alone has no name towards others.
  std::optional<InstanceName> own;
  if (options.instance.empty() && SharedPartsOf(*spec, components).log) own.emplace(roles->Text());
  const std::string instance = own ? own->text() : options.instance;
  const Status started = [&] {
    const StopsWhileOpening stops;
    return running.Start(std::move(*spec), *roles, instance);
  }();
  if (!started.ok()) return Explain(started);
  PrintWelcome(running.url(), running.pipeline());

  int code = kDone;
  StatusLine line(terminal);
  HealthEvents health;
  while (!running.failed()) {
    const Signal signal =
        WaitForSignal(options.until_done ? std::chrono::milliseconds(100) : std::chrono::seconds(1));
    if (signal == Signal::stop) {
      if (options.until_done) code = kInterrupted;
      break;
    }
    if (signal == Signal::reload) {
      TellOfReload(options, text, components);
    }
    const Report report = TakeReport(running.pipeline());
    health.Tell(report);
    line.Show(report, SystemClock().Now());
    if (options.until_done && report.SourcesEnded()) running.Hurry();
    if (options.until_done && report.AllDone() && TakeReport(running.pipeline(), EndsAsked::now).AllDone()) {
      code = ExplainRefused(report, options.file);
      break;
    }
  }
  line.End();
  if (code == kInterrupted) {
    Event(Level::warn, "sluice", "stopped before the end: the same command goes on where this one came to");
  }
  running.Stop();
  return running.failed() ? kUnreachable : code;
}

}  // namespace

void AddRunCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command = cli.add_subcommand("run", "runs a pipeline until it is told to stop (Ctrl-C, SIGTERM)");
  command->footer(
      "Examples:\n"
      "  sluice run pipeline.toml\n"
      "  sluice run pipeline.toml --env-file .env\n"
      "  sluice run pipeline.toml --only jobs  one role of several processes: sources, jobs, api, or a\n"
      "                                        component such as source.devices; a list has commas\n"
      "  sluice run import.toml --until-done   ends when every source has ended and all is stored;\n"
      "                                        exits with 1 when some input was refused, and says which;\n"
      "                                        readings that could not be used are counted at the end");
  auto options = std::make_shared<RunOptions>();
  command->add_option("FILE", options->file, "the pipeline file")->required();
  command->add_option("--env-file", options->env_file,
                      "variables for ${NAME}, in dotenv syntax; the environment wins");
  command
      ->add_option("--only", options->only,
                   "run these roles or components alone (log and store must be ones that processes share)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option(
      "--instance", options->instance,
      "the name that keeps this process's share over a restart; unless given the host's, with a number where "
      "several of the role run there. Of two with one name the younger takes over; the older says so");
  command->add_flag(
      "--until-done", options->until_done,
      "end when every source has ended (files without follow, simulators with count) and all is stored");
  command->callback(
      [=, &components, &action] { action = [=, &components] { return RunPipeline(*options, components); }; });
}

}  // namespace sluice
