#include "app/console/progress_bar.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace sluice {
namespace {

constexpr int kCells = 30;
constexpr Duration kEvery = std::chrono::milliseconds(100);

std::string Grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (int64_t at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text;
}

}  // namespace

std::string ProgressText(const Progress& progress) {
  std::string text;
  if (progress.share >= 0) {
    const double share = std::min(progress.share, 1.0);
    const int full = static_cast<int>(share * kCells);
    text =
        fmt::format("[{:<{}}] {:3.0f} %  ", std::string(static_cast<size_t>(full), '#'), kCells, share * 100);
  }
  text += Grouped(progress.done) + " readings";
  const int64_t micros = progress.since.count();
  if (micros > 0) {
    const double rate = static_cast<double>(progress.done) * 1e6 / static_cast<double>(micros);
    text += "  " + Grouped(static_cast<int64_t>(rate)) + "/s";
  }
  return text;
}

ProgressBar::ProgressBar(Timestamp start)
    : terminal_(::isatty(STDERR_FILENO) != 0), start_(start), last_(kMinTime) {}

void ProgressBar::Show(int64_t done, double share, Timestamp now) {
  if (!terminal_ || now - last_ < kEvery) return;
  last_ = now;
  shown_ = true;
  fmt::print(stderr, "\r\x1b[K{}", ProgressText({.done = done, .share = share, .since = now - start_}));
  std::fflush(stderr);
}

void ProgressBar::End() {
  if (shown_) fmt::print(stderr, "\n");
  shown_ = false;
}

}  // namespace sluice
