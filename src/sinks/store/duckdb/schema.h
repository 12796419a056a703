// Makes the database fit the pipeline file before any claim: sluice's own tables, a table for each stream
// (created or widened), parts and view for each summary (built from the raw rows, or refused when those no
// longer reach back). Called once by Open on one connection. Rejects what would reinterpret stored data,
// saying what to do.
#pragma once

#include <vector>

#include "sinks/store/duckdb/database.h"
#include "sinks/store/duckdb/summary_sql.h"
#include "sinks/store/store.h"

namespace sluice {

// For who only looks: whether there are tables of ours, in our format. Retry: not yet.
Status CheckSystemTables(Connection& connection);
Status PrepareSystemTables(Connection& connection);
// Creates or widens the stream's table.
Status PrepareStream(Connection& connection, const StreamSpec& stream);
// Rejects a `where` that is no condition over the summary's stream.
Status CheckCondition(Connection& connection, const SummarySpec& summary, const SummarySql& sql);
// Creates, keeps or rebuilds the summary's parts and view, in one transaction.
Status PrepareSummary(Connection& connection, const SummarySpec& summary, const SummarySql& sql);
// The building alone, in the caller's transaction; nothing of the summary is there.
Status BuildSummary(Connection& connection, const SummarySpec& summary, const SummarySql& sql);
// Removes view, parts and registration.
Status DropSummary(Connection& connection, const std::string& summary);

}  // namespace sluice
