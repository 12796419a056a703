// The SQL of a summary on PostgreSQL: its table of mergeable parts (summary_plan.h), the upsert of deltas
// that were made elsewhere (deltas.h), and the view. PostgreSQL raises where doubles overflow or vanish, so
// every sum, product and quotient is guarded: nothing in here raises on any value (rule D15). Pure functions
// over values.
#pragma once

#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "core/schema.h"
#include "core/summary.h"
#include "sinks/store/summary_plan.h"

namespace sluice::pg {

// As PostgreSQL writes it.
std::string TypeOf(FieldType type);

class SummarySql {
 public:
  static Result<SummarySql> Make(const SummarySpec& summary, const StreamSpec& stream);

  const SummarySpec& spec() const { return summary_; }
  std::string CreateParts() const;
  std::string CreateView() const;
  // Merges deltas (a table of StreamDeltas) into the parts; "" when there are none.
  std::string Upsert(const arrow::Table& deltas) const;

 private:
  struct Column {
    std::string name, type;
  };

  SummarySql(const SummarySpec& summary, const StreamSpec& stream, std::vector<SummaryPart> parts)
      : summary_(summary), stream_(stream), parts_(std::move(parts)) {}

  FieldType ByType(size_t index) const;
  std::vector<Column> Columns() const;
  std::string KeyColumns() const;
  std::string WindowEnd() const;
  std::string ValueSql(const SummaryValue& value) const;

  SummarySpec summary_;
  StreamSpec stream_;
  std::vector<SummaryPart> parts_;
};

}  // namespace sluice::pg
