#include "sinks/store/deltas.h"

#include <arrow/api.h>
#include <fmt/format.h>

#include "sinks/store/duckdb/arrow_bridge.h"
#include "sinks/store/duckdb/database.h"
#include "sinks/store/duckdb/schema.h"
#include "sinks/store/duckdb/summary_sql.h"
#include "sinks/store/sql_text.h"

namespace sluice {
namespace {

bool LeavesAsText(const SummaryPart& part) {
  switch (part.kind) {
    case SummaryPart::sum_whole:
    case SummaryPart::first_order:
    case SummaryPart::last_order:
      return true;
    case SummaryPart::least:
    case SummaryPart::greatest:
    case SummaryPart::first:
    case SummaryPart::last:
      return part.type == FieldType::json;
    default:
      return false;
  }
}

std::string TextIf(bool text, const std::string& name) {
  return text ? fmt::format(", CAST({0} AS VARCHAR) AS {0}", name) : ", " + name;
}

// The question for the deltas of all rows that the stream's table holds.
std::string Question(const StreamSpec& stream, const SummarySpec& summary, const SummarySql& sql,
                     const std::vector<SummaryPart>& parts) {
  std::string columns = "window_start, _partition";
  std::string order = columns;
  for (size_t i = 0; i < summary.by.size(); ++i) {
    const FieldType type = stream.fields[static_cast<size_t>(stream.FieldIndex(summary.by[i]))].type;
    const std::string name = fmt::format("by_{}", i);
    columns += TextIf(type == FieldType::json, name);
    order += ", " + name;
  }
  for (const SummaryPart& part : parts) columns += TextIf(LeavesAsText(part), part.Name());
  return fmt::format("SELECT {} FROM ({}) ORDER BY {}", columns, sql.Delta(QuoteName(stream.name)), order);
}

class DuckDbDeltas : public StreamDeltas {
 public:
  DuckDbDeltas(std::string table, std::unique_ptr<Database> database, std::unique_ptr<Connection> connection)
      : table_(std::move(table)), database_(std::move(database)), connection_(std::move(connection)) {}

  Connection& connection() { return *connection_; }
  void Ask(std::string question) { questions_.push_back(std::move(question)); }

  // The rows live in a transaction that is never committed.
  Result<std::vector<std::shared_ptr<arrow::Table>>> Of(
      const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) override {
    std::vector<std::shared_ptr<arrow::Table>> answers;
    if (questions_.empty()) return answers;
    Transaction transaction(*connection_);
    SLUICE_TRY(transaction.Begin());
    for (const auto& batch : batches) SLUICE_TRY(AppendRows(*connection_, table_, *batch));
    for (const std::string& question : questions_) {
      SLUICE_ASSIGN(auto answer, connection_->Query(question));
      answers.push_back(std::move(answer));
    }
    return answers;
  }

 private:
  const std::string table_;
  const std::unique_ptr<Database> database_;
  const std::unique_ptr<Connection> connection_;
  std::vector<std::string> questions_;
};

}  // namespace

Result<std::unique_ptr<StreamDeltas>> StreamDeltas::Make(const StreamSpec& stream,
                                                         const std::vector<SummarySpec>& summaries,
                                                         ByteSize memory) {
  SLUICE_ASSIGN(auto database, Database::Open({.memory = memory, .threads = 1}));
  SLUICE_ASSIGN(auto connection, database->Connect());
  SLUICE_TRY(PrepareSystemTables(*connection));
  SLUICE_TRY(PrepareStream(*connection, stream));
  auto deltas = std::make_unique<DuckDbDeltas>(stream.name, std::move(database), std::move(connection));
  for (const SummarySpec& summary : summaries) {
    SLUICE_ASSIGN(const SummarySql sql, SummarySql::Make(summary, stream));
    SLUICE_ASSIGN(const auto parts, PlanSummary(summary, stream));
    SLUICE_TRY(CheckCondition(deltas->connection(), summary, sql));
    deltas->Ask(Question(stream, summary, sql, parts));
  }
  return std::unique_ptr<StreamDeltas>(std::move(deltas));
}

}  // namespace sluice
