// StatusLine: one line a second on a terminal: rates, backlog, who waits for whom. Silent elsewhere. One
// thread.
#pragma once

#include <string>

#include "app/report.h"

namespace sluice {

// The line for `now`, given the accepted and stored totals a while ago.
std::string StatusLineText(const Report& report, int64_t accepted_a_second, int64_t stored_a_second);

class StatusLine {
 public:
  explicit StatusLine(bool terminal) : terminal_(terminal) {}
  void Show(const Report& report, Timestamp now);
  void End();

 private:
  const bool terminal_;
  Timestamp last_ = kMinTime;
  int64_t accepted_ = 0;
  int64_t stored_ = 0;
  bool shown_ = false;
};

}  // namespace sluice
