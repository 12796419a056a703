#include "app/report.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

#include "core/json_text.h"
#include "log/dead_stream.h"
#include "sinks/store/stream_sql.h"

namespace sluice {
namespace {

void AddPartition(Log& log, const std::string& stream, PartitionId partition, EndsAsked asked,
                  StreamReport& report) {
  const auto ends = asked == EndsAsked::now ? log.EndsNow(stream, partition) : log.EndsOf(stream, partition);
  report.complete = report.complete && ends.ok();
  if (ends.ok()) report.partitions.push_back({.stream = stream, .partition = partition, .ends = *ends});
}

StreamReport ReportStream(Pipeline& pipeline, const StreamSpec& stream, EndsAsked asked) {
  const Intake& intake = pipeline.intake(stream.name);
  StreamReport report{
      .name = stream.name, .accepted = intake.accepted(), .under_way_bytes = intake.bytes_under_way()};
  for (PartitionId partition = 0; partition < pipeline.log().PartitionsOf(stream); ++partition) {
    AddPartition(pipeline.log(), stream.name, partition, asked, report);
  }
  if (const auto dead = pipeline.log().DeadStream(stream.name)) {
    AddPartition(pipeline.log(), *dead, 0, asked, report);
  }
  return report;
}

// A job that does not know its share yet is told to wait for all of the stream.
JobReport ReportJob(std::string name, std::map<Seat, JobPosition> positions, const StreamReport& stream,
                    bool claimed) {
  JobReport report{.name = std::move(name),
                   .stream = stream.name,
                   .positions = std::move(positions),
                   .complete = claimed && stream.complete};
  for (const auto& [seat, position] : report.positions) report.terms += position.terms;
  for (const PartitionReport& known : stream.partitions) {
    const auto found = report.positions.find({report.name, known.stream, known.partition});
    if (found != report.positions.end()) {
      // The job may have gone on since the end was read.
      report.waiting += std::max<int64_t>(0, known.ends.high - found->second.next);
    } else if (!claimed) {
      report.waiting += known.ends.high - known.ends.low;
    }
  }
  return report;
}

// A process without jobs tells of those elsewhere by what they have committed.
std::vector<JobReport> ReportJobsElsewhere(Store& store, const std::vector<StreamReport>& streams) {
  const auto seats = store.Seats();
  if (!seats.ok()) return {};
  std::map<std::string, std::map<Seat, JobPosition>> positions;
  for (const auto& [seat, state] : *seats) {
    positions[seat.job][seat] = {.start = state.start, .next = state.next, .terms = state.terms};
  }
  std::vector<JobReport> jobs;
  for (const StreamReport& stream : streams) {
    const std::string name = StoreJobOf(stream.name);
    jobs.push_back(ReportJob(name, positions[name], stream, false));
  }
  return jobs;
}

JobReport ReportJobHere(const Job& job, const std::vector<StreamReport>& streams) {
  const auto stream = std::find_if(streams.begin(), streams.end(), [&](const StreamReport& candidate) {
    return candidate.name == job.stream().name;
  });
  return ReportJob(job.Name(), job.Positions(), *stream, job.Claimed());
}

std::string KindOfSource(const PipelineSpec& spec, const std::string& name) {
  for (const ComponentSpec& source : spec.sources) {
    if (source.Title() == name) return source.kind;
  }
  return "";
}

std::string TermsJson(const Terms& terms) {
  return fmt::format(
      R"({{"stored":{},"filtered":{},"duplicate":{},"late":{},"dead":{},"gaps":{},"lost":{}}})", terms.stored,
      terms.filtered, terms.duplicate, terms.late, terms.dead, terms.gaps, terms.lost);
}

template <class Items, class Render>
std::string JsonArray(const Items& items, Render render) {
  std::string text = "[";
  for (const auto& item : items) {
    if (text.size() > 1) text += ",";
    text += render(item);
  }
  return text + "]";
}

std::string_view DeadMark(std::string_view stream) { return IsDeadStream(stream) ? ",\"dead\":true" : ""; }

std::string StreamJson(const StreamReport& stream) {
  return fmt::format(R"({{"name":{},"accepted":{},"under_way_bytes":{},"partitions":{}}})",
                     JsonText(stream.name), stream.accepted, stream.under_way_bytes,
                     JsonArray(stream.partitions, [](const PartitionReport& partition) {
                       return fmt::format(R"({{"partition":{}{},"low":{},"high":{}}})", partition.partition,
                                          DeadMark(partition.stream), partition.ends.low,
                                          partition.ends.high);
                     }));
}

std::string JobJson(const JobReport& job) {
  return fmt::format(R"({{"name":{},"stream":{},"waiting":{},"terms":{},"partitions":{}}})",
                     JsonText(job.name), JsonText(job.stream), job.waiting, TermsJson(job.terms),
                     JsonArray(job.positions, [](const auto& entry) {
                       return fmt::format(R"({{"partition":{}{},"start":{},"next":{}}})",
                                          entry.first.partition, DeadMark(entry.first.stream),
                                          entry.second.start, entry.second.next);
                     }));
}

std::string ComponentJson(const ComponentReport& component) {
  std::string text = fmt::format(R"({{"name":{},"kind":{},"healthy":{})", JsonText(component.name),
                                 JsonText(component.kind), component.health.ok());
  if (!component.health.ok()) text += ",\"waits_for\":" + JsonText(component.health.message());
  if (component.progress >= 0) text += fmt::format(",\"progress\":{:.4f}", component.progress);
  if (component.finished) text += ",\"finished\":true";
  return text + "}";
}

double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t whole = 0;
  int64_t resident = 0;
  statm >> whole >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

void AddStreamSamples(const StreamReport& stream, std::vector<Sample>& samples) {
  const std::map<std::string, std::string> labels = {{"stream", stream.name}};
  samples.push_back({metric::kAccepted, labels, static_cast<double>(stream.accepted)});
  samples.push_back({metric::kUnderWay, labels, static_cast<double>(stream.under_way_bytes)});
  for (const PartitionReport& partition : stream.partitions) {
    auto place = labels;
    place["stream"] = partition.stream;
    place["partition"] = std::to_string(partition.partition);
    samples.push_back({metric::kLogLow, place, static_cast<double>(partition.ends.low)});
    samples.push_back({metric::kLogHigh, place, static_cast<double>(partition.ends.high)});
  }
}

void AddJobSamples(const JobReport& job, std::vector<Sample>& samples) {
  const std::map<std::string, std::string> labels = {{"job", job.name}, {"stream", job.stream}};
  samples.push_back({metric::kJobWaiting, labels, static_cast<double>(job.waiting)});
  for (const auto& [seat, position] : job.positions) {
    auto place = labels;
    place["stream"] = seat.stream;
    place["partition"] = std::to_string(seat.partition);
    samples.push_back({metric::kJobNext, place, static_cast<double>(position.next)});
  }
  const std::vector<std::pair<std::string, int64_t>> terms = {
      {"stored", job.terms.stored}, {"filtered", job.terms.filtered}, {"duplicate", job.terms.duplicate},
      {"late", job.terms.late},     {"dead", job.terms.dead},         {"gaps", job.terms.gaps},
      {"lost", job.terms.lost}};
  for (const auto& [term, count] : terms) {
    auto named = labels;
    named["term"] = term;
    samples.push_back({metric::kJobTerms, named, static_cast<double>(count)});
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Report::Waiting() const {
  std::vector<std::pair<std::string, std::string>> waiting;
  for (const ComponentReport& component : components) {
    if (!component.health.ok()) waiting.emplace_back(component.name, component.health.message());
  }
  return waiting;
}

bool Report::SourcesEnded() const {
  return std::all_of(components.begin(), components.end(), [](const ComponentReport& component) {
    return !component.name.starts_with("source.") || component.ended;
  });
}

bool Report::AllDone() const {
  return SourcesEnded() && std::all_of(jobs.begin(), jobs.end(),
                                       [](const JobReport& job) { return job.complete && job.waiting == 0; });
}

Report TakeReport(Pipeline& pipeline, EndsAsked asked) {
  Report report{
      .draining = pipeline.draining(), .role = pipeline.roles().Text(), .log_id = pipeline.log().Id()};
  const PipelineSpec& spec = pipeline.spec();
  report.gone_jobs = pipeline.GoneJobs();
  report.components.push_back({.name = "log", .kind = spec.log.kind, .health = pipeline.log().Health()});
  if (pipeline.store() != nullptr) {
    report.components.push_back(
        {.name = "store", .kind = spec.store.kind, .health = pipeline.store()->Health()});
  }
  for (const auto& source : pipeline.sources()) {
    report.components.push_back({.name = source->Name(),
                                 .kind = KindOfSource(spec, source->Name()),
                                 .health = source->Health(),
                                 .progress = source->Progress(),
                                 .finished = source->Finished(),
                                 .ended = source->Ended()});
  }
  for (const auto& job : pipeline.jobs()) {
    report.components.push_back({.name = job->Name(), .kind = "job", .health = job->Health()});
  }
  for (const auto& task : pipeline.upkeep()) {
    report.components.push_back({.name = task->Name(), .kind = "upkeep", .health = task->Health()});
  }
  for (const StreamSpec& stream : spec.streams)
    report.streams.push_back(ReportStream(pipeline, stream, asked));
  if (pipeline.jobs().empty() && pipeline.store() != nullptr) {
    report.jobs = ReportJobsElsewhere(*pipeline.store(), report.streams);
  }
  for (const auto& job : pipeline.jobs()) report.jobs.push_back(ReportJobHere(*job, report.streams));
  return report;
}

std::string ReportJson(const Report& report) {
  return fmt::format(
      R"({{"state":"{}","role":{},"log_id":{},"components":{},"streams":{},"jobs":{},"gone_jobs":{}}})",
      report.draining ? "draining" : (report.Waiting().empty() ? "ready" : "waiting"), JsonText(report.role),
      JsonText(report.log_id), JsonArray(report.components, ComponentJson),
      JsonArray(report.streams, StreamJson), JsonArray(report.jobs, JobJson),
      JsonArray(report.gone_jobs, [](const std::string& name) { return JsonText(name); }));
}

std::vector<Sample> ReportSamples(const Report& report) {
  std::vector<Sample> samples;
  for (const StreamReport& stream : report.streams) AddStreamSamples(stream, samples);
  for (const JobReport& job : report.jobs) AddJobSamples(job, samples);
  for (const ComponentReport& component : report.components) {
    samples.push_back({metric::kHealthy, {{"component", component.name}}, component.health.ok() ? 1.0 : 0.0});
  }
  samples.push_back({metric::kMemory, {}, ResidentBytes()});
  return samples;
}

}  // namespace sluice
