// ProgressBar: one line on a terminal that says how far a command is; silent elsewhere. Written to stderr, so
// that stdout stays data. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "core/time.h"

namespace sluice {

struct Progress {
  int64_t done = 0;   // readings
  double share = -1;  // of the input, in [0, 1]; negative: unknown
  Duration since{};   // the start
};
// "[#####     ]  50 %  12,000 readings  4,000/s": the bar only where the share is known.
std::string ProgressText(const Progress& progress);

class ProgressBar {
 public:
  explicit ProgressBar(Timestamp start);
  ~ProgressBar() { End(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // Shown ten times a second at most.
  void Show(int64_t done, double share, Timestamp now);
  void End();

 private:
  const bool terminal_;
  const Timestamp start_;
  Timestamp last_;
  bool shown_ = false;
};

}  // namespace sluice
