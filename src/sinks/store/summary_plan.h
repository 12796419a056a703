// What a summary keeps: the mergeable parts behind its values (rule D11), alike for both databases; each
// writes them in its own SQL. Parts are keyed (window start, `by` values, partition), so two partitions never
// meet on a row; nothing of them may raise on any value (rule D15). Pure function over values.
#pragma once

#include <string>
#include <vector>

#include "core/schema.h"
#include "core/summary.h"

namespace sluice {

// A column of the parts table, named prefix + what it holds. The prefix is fN_ for the field of the N-th
// value (counted by its first use), "" for the number of rows.
struct SummaryPart {
  enum Kind {
    count_rows,   // n
    count,        // fN_n: values that are not null
    sum_whole,    // fN_s: HUGEINT or numeric; 2^63 readings of 2^63 fit
    sum,          // fN_s: double, which may become infinite
    sum_scaled,   // fN_t: sum of the doubles times 2^-64: tells sums that passed through infinity from sums
                  // that
                  //       lie there, so that the result does not depend on the order of merging
    deviations,   // fN_m2: squared deviations, merged by Chan's formula (Chan, Golub, LeVeque 1979):
                  //       m2 = m2a + m2b + (mean_a - mean_b)^2 · na·nb/(na+nb). Null (and fN_n > 0) when a
                  //       magnitude reaches 1e145, where squares may overflow: the flag of rule D15
    least,        // fN_min
    greatest,     // fN_max
    first,        // fN_first: value at the least order
    first_order,  // fN_first_o: the order, one number: time · 2^68 + partition · 2^48 + position
                  //             (partitions below 2^20, positions below 2^48)
    last,         // fN_last
    last_order,   // fN_last_o
  };
  Kind kind = count_rows;
  std::string prefix;
  std::string field;                    // of the stream; "" for count_rows
  FieldType type = FieldType::integer;  // of that field
  std::string Name() const;
  bool operator==(const SummaryPart&) const = default;
};

// fN_ of a field that some value of the summary is of.
std::string PartPrefix(const SummarySpec& summary, const std::string& field);
// "sluice_parts_NAME".
std::string PartsTableOf(const std::string& summary);

// In the order of the table's columns. Rejects fields that the stream lacks or that have no such aggregate.
Result<std::vector<SummaryPart>> PlanSummary(const SummarySpec& summary, const StreamSpec& stream);

}  // namespace sluice
