// Running a pipeline test in virtual time: the folder is copied, the pipeline built from its copy, and each
// block done in turn; a day of windows takes milliseconds and always goes the same way. After the last block
// the audit must agree. Used by `sluice test` and by the project's own suite. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cases/case_file.h"
#include "app/components.h"

namespace sluice {

// Ways to run the same case that must not change its outcome.
struct CaseVariant {
  std::string name = "plain";
  int64_t flush_rows = 122'880;  // 1: one-reading commits
  std::optional<ByteSize> log_memory = {};
  bool restart_always = false;  // stop and start again before every block
};

struct CaseResult {
  std::vector<std::string> failures;  // "line 7: expected … got …"; empty: passed
  std::string updated;                // the case with what came instead of what was expected
};

// `folder` holds case.test and pipeline.toml. Rejects a case that cannot be run at all.
Result<CaseResult> RunCase(const std::string& folder, const Components& components,
                           const CaseVariant& variant);

}  // namespace sluice
