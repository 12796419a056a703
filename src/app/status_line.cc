#include "app/status_line.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace sluice {
namespace {

struct Totals {
  int64_t accepted = 0;
  int64_t stored = 0;
  int64_t waiting = 0;
  double progress = -1;
};

Totals TotalsOf(const Report& report) {
  Totals totals;
  for (const StreamReport& stream : report.streams) totals.accepted += stream.accepted;
  for (const JobReport& job : report.jobs) {
    totals.stored += job.terms.stored;
    totals.waiting += job.waiting;
  }
  for (const ComponentReport& component : report.components) {
    if (component.finished || component.progress < 0) continue;
    totals.progress =
        totals.progress < 0 ? component.progress : std::min(totals.progress, component.progress);
  }
  return totals;
}

int64_t PerSecond(int64_t difference, Duration span) {
  return span.count() <= 0 ? 0 : difference * 1'000'000 / span.count();
}

}  // namespace

std::string StatusLineText(const Report& report, int64_t accepted_a_second, int64_t stored_a_second) {
  const Totals totals = TotalsOf(report);
  std::string text = fmt::format("in {}/s  stored {}/s  waiting {}  stored in all {}", accepted_a_second,
                                 stored_a_second, totals.waiting, totals.stored);
  if (totals.progress >= 0) text += fmt::format("  files {:.0f} %", totals.progress * 100);
  for (const auto& [component, reason] : report.Waiting())
    text += fmt::format("  {} waits: {}", component, reason);
  return text;
}

void StatusLine::Show(const Report& report, Timestamp now) {
  if (!terminal_ || now - last_ < std::chrono::milliseconds(900)) return;
  const Totals totals = TotalsOf(report);
  const Duration span = last_ == kMinTime ? Duration(0) : now - last_;
  const std::string text = StatusLineText(report, PerSecond(totals.accepted - accepted_, span),
                                          PerSecond(totals.stored - stored_, span));
  fmt::print(stderr, "\r\x1b[K{}", text.substr(0, 200));
  std::fflush(stderr);
  last_ = now;
  accepted_ = totals.accepted;
  stored_ = totals.stored;
  shown_ = true;
}

void StatusLine::End() {
  if (shown_) fmt::print(stderr, "\n");
  shown_ = false;
}

}  // namespace sluice
