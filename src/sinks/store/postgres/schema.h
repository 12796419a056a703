// Makes the database fit the pipeline file before any claim, in one transaction, one process at a time:
// sluice's own tables and its fence, a table for each stream (created or widened), parts and view for each
// summary (built from the raw rows, or refused when those no longer reach back). Where everything stands as
// it should, nothing is written, so that a role without the right to create can run. Rejects what would
// reinterpret stored data, and to make anew what somebody removed with rows in it, saying what to do.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "sinks/store/deltas.h"
#include "sinks/store/postgres/connection.h"
#include "sinks/store/postgres/summary_sql.h"
#include "sinks/store/store.h"

namespace sluice::pg {

struct SchemaOptions {
  std::string schema = "public";
  bool by_key_index = false;
  ByteSize memory;     // for building summaries
  bool again = false;  // this process found all of it before: what is gone was removed meanwhile
};

// For who only looks: whether there are tables of ours, in our format. Retry: not yet.
Status CheckThere(Connection& connection, const std::string& schema);
Status Prepare(Connection& connection, const StoreShape& shape, const SchemaOptions& options);

// Inside the caller's transaction, which locks out commits: everything of the summary anew from the raw rows.
Status RefillSummary(Connection& connection, const SummarySpec& summary, const StreamSpec& stream,
                     ByteSize memory);
// Removes view, parts and registration.
Status DropSummary(Connection& connection, const std::string& summary);

// Columns of the stream's table in its order, as PostgreSQL writes their types.
std::vector<std::pair<std::string, std::string>> ColumnsOf(const StreamSpec& stream);
// Locks out every commit until the transaction ends.
inline constexpr const char* kLockCommits = "LOCK TABLE sluice_position IN SHARE ROW EXCLUSIVE MODE";

}  // namespace sluice::pg
