// CaseFile: a pipeline test as text, `case.test` beside a pipeline file: blocks apart by empty lines, each a
// verb with words, lines of a body, and behind `----` what is expected. Anyone can write one without C++:
//
//   # Late readings join the window they belong to.
//   clock 2025-10-15T12:00:00Z
//
//   ingest readings application/x-ndjson
//   {"sensor_id":"a","timestamp":"2025-10-15T11:00:00Z","temperature":1}
//   ----
//   202 {"accepted":1,"dead":0,"errors":[]}
//
//   sql
//   SELECT count(*) AS n FROM readings
//   ----
//   n
//   1
//
// Values; pure functions. `sluice test --help` lists the verbs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/status.h"

namespace sluice {

struct CaseBlock {
  int line = 0;                    // of its verb, from 1
  std::vector<std::string> notes;  // comment lines before it, as they are
  std::vector<std::string> words;  // verb and arguments
  std::string body;                // lines, each with its newline
  bool expects = false;            // there was a `----`
  std::string expected;            // lines, each with its newline
};

Result<std::vector<CaseBlock>> ParseCase(std::string_view text);
// The text that ParseCase reads as these blocks: how --update writes.
std::string FormatCase(const std::vector<CaseBlock>& blocks);

}  // namespace sluice
