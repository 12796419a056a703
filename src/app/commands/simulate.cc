#include <cstdio>
#include <thread>

#include <CLI/CLI.hpp>
#include <arrow/api.h>
#include <fmt/format.h>

#include "api/render.h"
#include "app/commands/at_least.h"
#include "app/commands/commands.h"
#include "app/console/progress_bar.h"
#include "app/feed.h"
#include "app/simulation.h"
#include "codecs/json_rows.h"
#include "platform/clock.h"
#include "platform/random.h"
#include "sources/simulator/device_fleet.h"
#include "sources/simulator/schedule.h"

namespace sluice {
namespace {

constexpr int64_t kMostReadings = 5'000;  // in one delivery
constexpr Duration kGather = std::chrono::milliseconds(100);

struct SimulateOptions {
  SimulationOptions what;
  std::string url{kDefaultUrl};
  std::string token;
  std::string path;
  std::string start;
  bool fast = false;
  bool to_stdout = false;
};

class Simulate {
 public:
  Simulate(Simulation simulation, std::unique_ptr<DeviceFleet> fleet, const SimulateOptions& options)
      : simulation_(std::move(simulation)),
        fleet_(std::move(fleet)),
        schedule_(simulation_.simulator),
        fast_(options.fast),
        bar_(SystemClock().Now()) {}

  // Until `count` readings are made, if there is one.
  Status Run(Feed& feed, Timestamp start) {
    const Anchor anchor{start, 0};
    const int64_t count = simulation_.simulator.count.value_or(std::numeric_limits<int64_t>::max());
    const std::string run = RandomId();
    for (int64_t slot = 0, made = 0; made < count;) {
      const int64_t room = std::min(kMostReadings, count - made);
      const int64_t end = fast_ ? slot + room : DueNow(anchor, slot);
      int64_t rows = 0;
      for (; slot < end && rows < room; ++slot) {
        rows += fleet_->Add({.slot = slot,
                             .device = schedule_.Device(slot),
                             .number = schedule_.Number(slot),
                             .time = schedule_.Due(anchor, slot)},
                            room - rows);
      }
      if (rows == 0) continue;
      SLUICE_TRY(Deliver(feed, rows, fmt::format("simulate-{}-{}", run, made)));
      made += rows;
      const double share =
          simulation_.simulator.count ? static_cast<double>(made) / static_cast<double>(count) : -1;
      bar_.Show(made, share, SystemClock().Now());
    }
    bar_.End();
    return {};
  }

 private:
  // Waits until one is due, a little longer for its neighbours.
  int64_t DueNow(const Anchor& anchor, int64_t slot) const {
    const Duration wait = schedule_.Due(anchor, slot) - SystemClock().Now();
    std::this_thread::sleep_for(std::max(wait, Duration(0)) + kGather);
    return schedule_.DueEnd(anchor, SystemClock().Now());
  }

  Status Deliver(Feed& feed, int64_t rows, const std::string& key) {
    const Batch batch = fleet_->Finish();
    const auto table = arrow::Table::FromRecordBatches({batch.rows});
    if (!table.ok()) return Status::Fatal(table.status().ToString());
    SLUICE_ASSIGN(const http::Response lines,
                  api::Render(**table, api::Format::ndjson, JsonColumns(simulation_.stream)));
    return feed.Send(lines.body, rows, key);
  }

  const Simulation simulation_;
  const std::unique_ptr<DeviceFleet> fleet_;
  const Schedule schedule_;
  const bool fast_;
  ProgressBar bar_;
};

// The fields of the stream, as the running pipeline declares them.
Status AskForFields(SimulateOptions& options) {
  int code = kDone;
  const auto answerer = FindAnswerer({.url = options.url, .token = options.token}, Offline::no, {}, &code);
  if (answerer == nullptr) return Status::Reject("--url");
  SLUICE_ASSIGN(const http::Response answer, answerer->Ask(GetRequest("/api/streams")));
  return TakeDeclared(answer.body, options.what);
}

int RunSimulate(SimulateOptions options, const Components& components) {
  if (!options.to_stdout) {
    if (options.what.stream.empty())
      return Explain(Status::Reject("where to? --stream NAME of the pipeline, or --stdout"));
    if (const Status asked = AskForFields(options); !asked.ok()) return Explain(asked);
  }
  Timestamp start = SystemClock().Now();
  if (!options.start.empty()) {
    const auto parsed = ParseRfc3339(options.start);
    if (!parsed.ok()) return Explain(parsed.status().In("--start"));
    start = *parsed;
    options.fast = true;
  }
  const auto simulation = MakeSimulation(options.what, KindsOf(components));
  if (!simulation.ok()) return Explain(simulation.status());
  const uint64_t seed =
      simulation->simulator.seed ? static_cast<uint64_t>(*simulation->simulator.seed) : RandomSeed();
  auto fleet = DeviceFleet::Make(simulation->simulator, simulation->stream, seed);
  if (!fleet.ok()) return Explain(fleet.status());
  const auto feed =
      options.to_stdout
          ? StdoutFeed()
          : HttpFeed({.url = options.url,
                      .path = options.path.empty() ? "/ingest/" + options.what.stream : options.path,
                      .content_type = "application/x-ndjson",
                      .token = options.token});
  const Status status = Simulate(*simulation, *std::move(fleet), options).Run(*feed, start);
  if (!options.to_stdout) {
    fmt::print(stderr, "{} accepted, {} dead letters\n", feed->delivered().accepted, feed->delivered().dead);
  }
  return status.ok() ? kDone : Explain(status);
}

}  // namespace

void AddSimulateCommand(CLI::App& cli, const Components& components, Action& action) {
  auto* command =
      cli.add_subcommand("simulate", "readings of made-up devices into a running pipeline, or to stdout");
  command->footer(
      "Examples:\n"
      "  sluice simulate --stream readings --devices 50 --rate 200 --field "
      "temperature=walk:start=20,step=0.1\n"
      "  sluice simulate --stdout --count 1000 --seed 7 --start 2025-10-15T00:00:00Z --field "
      "t=sine:mean=20,amplitude=5\n"
      "Generators: walk:start,step,min,max  sine:mean,amplitude,period,phase  uniform:min,max  "
      "normal:mean,stddev\n"
      "  choice:of=a|b|c  counter:start,step. Without --field every number of the stream is a walk from 20 "
      "on.");
  auto options = std::make_shared<SimulateOptions>();
  SimulationOptions& what = options->what;
  command->add_option("--url", options->url, "of the pipeline")->capture_default_str();
  command->add_option("--token", options->token, "sent as Authorization: Bearer")->envname("SLUICE_TOKEN");
  command->add_option("--stream", what.stream, "which stream they are readings of; it needs an http source");
  command->add_option("--path", options->path, "of the http source (default: /ingest/STREAM)");
  command->add_option("--devices", what.devices, "how many there are")->capture_default_str();
  command->add_option("--rate", what.rate, "readings a second over all devices")->capture_default_str();
  command->add_option("--count", what.count, "readings in all (default: until Ctrl-C)")->check(AtLeast(1));
  command->add_option("--seed", what.seed,
                      "the same seed makes the same values (default: another each time)");
  command->add_option("--field", what.fields, "FIELD=GENERATOR:OPTION=VALUE,…; can be given many times")
      ->type_name("FIELD=…");
  command->add_option("--start", options->start,
                      "event time of the first reading; implies --fast (default: now)");
  command->add_flag("--fast", options->fast,
                    "as fast as possible; the times are those of --rate all the same");
  command->add_flag("--stdout", options->to_stdout, "NDJSON to the standard output, not into a pipeline");
  command->callback(
      [=, &components, &action] { action = [=, &components] { return RunSimulate(*options, components); }; });
}

}  // namespace sluice
