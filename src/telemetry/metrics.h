// Metrics: every name, type and meaning declared once, here; `sluice docs metrics` prints this list and
// /metrics serves samples of it as Prometheus text. Samples are taken from the pipeline's own counters when
// asked for, so that nothing is counted twice on the path of a reading. Values; pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

enum class MetricType { counter, gauge };

struct MetricInfo {
  std::string_view name;
  MetricType type;
  std::string_view help;    // with the unit
  std::string_view labels;  // comma-separated
};

namespace metric {
inline constexpr MetricInfo kAccepted{"sluice_stream_accepted_total", MetricType::counter,
                                      "Entries made durable in the log since the start", "stream"};
inline constexpr MetricInfo kUnderWay{"sluice_stream_under_way_bytes", MetricType::gauge,
                                      "Bytes offered to the log and not yet durable", "stream"};
inline constexpr MetricInfo kLogLow{"sluice_log_low_position", MetricType::gauge,
                                    "Oldest position that the log can still read", "stream,partition"};
inline constexpr MetricInfo kLogHigh{"sluice_log_high_position", MetricType::gauge,
                                     "Next position that the log will give", "stream,partition"};
inline constexpr MetricInfo kJobNext{"sluice_job_next_position", MetricType::gauge,
                                     "First position that the job has not committed", "job,stream,partition"};
inline constexpr MetricInfo kJobWaiting{"sluice_job_waiting", MetricType::gauge,
                                        "Entries in the log that the job has not committed", "job,stream"};
inline constexpr MetricInfo kJobTerms{"sluice_job_entries_total", MetricType::counter,
                                      "Entries committed by the job, by audit term", "job,stream,term"};
inline constexpr MetricInfo kHealthy{"sluice_component_healthy", MetricType::gauge,
                                     "1 when the component works, 0 while it waits for another", "component"};
inline constexpr MetricInfo kMemory{"sluice_process_resident_bytes", MetricType::gauge,
                                    "Resident memory of the process", ""};
}  // namespace metric

const std::vector<MetricInfo>& AllMetrics();

// One value of one metric.
struct Sample {
  MetricInfo info;
  std::map<std::string, std::string> labels;
  double value = 0;
};

// Prometheus text exposition of the samples, grouped by metric.
std::string PrometheusText(const std::vector<Sample>& samples);

// The list as Markdown.
std::string MetricsReference();

}  // namespace sluice
