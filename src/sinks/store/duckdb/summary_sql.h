// The SQL of a summary on DuckDB: its table of mergeable parts, the deltas of new rows, their merge, and the
// view. Parts are keyed (window start, by values, partition), so two partitions never meet on a row (rule
// D11); nothing in here raises on any value (rule D15). How each part is carried stands in summary_sql.cc.
// Pure functions over values.
#pragma once

#include <string>
#include <vector>

#include "core/schema.h"
#include "core/summary.h"

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

  std::string PartsTable() const { return PartsTableOf(summary_.name); }
  static std::string PartsTableOf(const std::string& summary) { return "sluice_parts_" + summary; }

  std::string CreateParts() const;
  std::string CreateView() const;
  // Inserts the parts of `rows` into an empty parts table.
  std::string Fill(const std::string& rows) const;
  // Merges the deltas of `rows` (a FROM item with the stream's columns) into the parts.
  std::string Merge(const std::string& rows) const;
  // Binds the `where` condition alone; fails when it is no condition over the stream's fields.
  std::string CheckWhere() const;

 private:
  // A column of the parts table. Expressions: over rows `r`; of stored `p` and delta `d`.
  struct Part {
    std::string name, type, from_rows, merged;
  };

  SummarySql(const SummarySpec& summary, const StreamSpec& stream) : summary_(summary), stream_(stream) {}

  Status Plan();
  void AddCount(const std::string& name, const std::string& from_rows);
  void AddSums(const std::string& f, const std::string& x, bool whole);
  void AddDeviations(const std::string& f, const std::string& x, bool whole);
  void AddExtreme(const std::string& f, const std::string& x, const std::string& type, bool least);
  void AddEdge(const std::string& f, const std::string& x, const std::string& type, bool first);
  void Add(Part part);

  std::string FieldPrefix(const std::string& field) const;
  std::string WindowedRows(const std::string& rows) const;
  std::string Delta(const std::string& rows) const;
  std::string ByColumns(const std::string& relation) const;
  std::string WindowEnd() const;
  std::string ValueSql(const SummaryValue& value) const;
  bool HasDeviations() const;

  SummarySpec summary_;
  StreamSpec stream_;
  std::vector<Part> parts_;
};

}  // namespace sluice
