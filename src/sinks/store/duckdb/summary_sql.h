// The SQL of a summary on DuckDB: its table of mergeable parts (summary_plan.h), the deltas of new rows,
// their merge, and the view. Nothing in here raises on any value (rule D15). Pure functions over values.
#pragma once

#include <string>
#include <vector>

#include "core/schema.h"
#include "core/summary.h"
#include "sinks/store/summary_plan.h"

namespace sluice {

std::string DuckDbType(FieldType type);
// The key as messages and the API write it (log/partitioner.h), of a column of relation `r`; strings and ints
// alone are keys.
std::string KeyTextSql(const StreamSpec& stream, const std::string& relation);
// True for rows stamped no later than their arrival + max_future (rule D12).
std::string NotFutureSql(const StreamSpec& stream, const std::string& relation);

class SummarySql {
 public:
  // Rejects fields that the stream lacks or that have no such aggregate.
  static Result<SummarySql> Make(const SummarySpec& summary, const StreamSpec& stream);

  const SummarySpec& spec() const { return summary_; }
  const StreamSpec& stream() const { return stream_; }
  std::string PartsTable() const { return PartsTableOf(summary_.name); }

  std::string CreateParts() const;
  std::string CreateView() const;
  // Inserts the parts of `rows` into an empty parts table.
  std::string Fill(const std::string& rows) const;
  // Merges the deltas of `rows` (a FROM item with the stream's columns) into the parts.
  std::string Merge(const std::string& rows) const;
  // The deltas of `rows` alone, as columns window_start, _partition, by_0 …, then the parts.
  std::string Delta(const std::string& rows) const;
  // Binds the `where` condition alone; fails when it is no condition over the stream's fields.
  std::string CheckWhere() const;

 private:
  SummarySql(const SummarySpec& summary, const StreamSpec& stream, std::vector<SummaryPart> parts)
      : summary_(summary), stream_(stream), parts_(std::move(parts)) {}

  std::string FromRows(const SummaryPart& part) const;
  std::string Merged(const SummaryPart& part) const;
  std::string WindowedRows(const std::string& rows) const;
  std::string ByColumns(const std::string& relation) const;
  std::string WindowEnd() const;
  std::string ValueSql(const SummaryValue& value) const;
  bool HasDeviations() const;

  SummarySpec summary_;
  StreamSpec stream_;
  std::vector<SummaryPart> parts_;
};

}  // namespace sluice
