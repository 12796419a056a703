#include "telemetry/metrics.h"

#include <sstream>

#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace sluice {

const std::vector<MetricInfo>& AllMetrics() {
  static const std::vector<MetricInfo> all = {metric::kAccepted, metric::kUnderWay, metric::kLogLow,
                                              metric::kLogHigh,  metric::kJobNext,  metric::kJobWaiting,
                                              metric::kJobTerms, metric::kHealthy,  metric::kMemory};
  return all;
}

std::string PrometheusText(const std::vector<Sample>& samples) {
  std::vector<prometheus::MetricFamily> families;
  for (const MetricInfo& info : AllMetrics()) {
    prometheus::MetricFamily family;
    family.name = info.name;
    family.help = info.help;
    family.type =
        info.type == MetricType::counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    for (const Sample& sample : samples) {
      if (sample.info.name != info.name) continue;
      prometheus::ClientMetric metric;
      for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
      (info.type == MetricType::counter ? metric.counter.value : metric.gauge.value) = sample.value;
      family.metric.push_back(std::move(metric));
    }
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

std::string MetricsReference() {
  std::string text =
      "# Metrics\n\nServed as Prometheus text at `GET /metrics`.\n\n| name | type | labels | meaning "
      "|\n|---|---|---|---|\n";
  for (const MetricInfo& info : AllMetrics()) {
    text += fmt::format("| `{}` | {} | {} | {} |\n", info.name,
                        info.type == MetricType::counter ? "counter" : "gauge", info.labels, info.help);
  }
  return text;
}

}  // namespace sluice
