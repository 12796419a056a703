// Failure: what PostgreSQL said of a statement that failed, and what its caller does next. SQLSTATE decides:
// values that no table takes are rejected, a lost fence is lost, everything else is a state that may end
// (server away, disk full, a missing grant, a table altered by hand). Nothing of a server in another process
// is fatal to this one. Pure functions over values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/status.h"

namespace sluice::pg {

// Raised by sluice_fence and sluice_expect (schema.cc).
inline constexpr const char* kLostFence = "SL001";
inline constexpr const char* kAlteredTable = "SL002";
inline constexpr const char* kTimeout = "57014";  // also of a cancel
inline constexpr const char* kLockTimeout = "55P03";
inline constexpr const char* kMissingRight = "42501";

struct Failure {
  std::string sqlstate;  // "" when the connection broke
  std::string message;   // primary, of one line
  std::string context;   // "COPY readings, line 3, column note"
  std::string column;    // at fault, where the server names one
};

Status StatusOf(const Failure& failure);
// The row at fault that the context of a COPY names, from 0 on.
std::optional<int64_t> RowOf(const Failure& failure);
// Tables, columns or functions that sluice made are gone or changed: they are looked after again.
bool IsSchemaFault(const Failure& failure);
// A null in a column that none of `names` is: no row of ours can ever fill it.
bool IsForeignColumn(const Failure& failure, const std::vector<std::string>& names);
// COPY found no partition for a row: the day's table is missing.
bool IsMissingDay(const Failure& failure);

}  // namespace sluice::pg
