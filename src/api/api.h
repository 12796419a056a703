// The API: what people and programs ask a running Sluice over HTTP (docs: `sluice docs api`, GET
// /openapi.json). RegisterApi puts every route of one table (api/routes.h) on the router before the listener
// starts; the same table becomes the OpenAPI document and the reference. Handlers run on the listener's
// workers and keep nothing of their own: readings come from the store, live ones from the log (api/live.h),
// everything about the process from ApiActions. Owned by the app, which keeps what ApiContext refers to for
// as long as the listener runs. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "api/live.h"
#include "core/schema.h"
#include "core/summary.h"
#include "engine/audit.h"
#include "http/router.h"
#include "platform/clock.h"
#include "sinks/store/queries.h"

namespace sluice {

// A component that waits, and for what.
struct Waiting {
  std::string component;
  std::string reason;
};

// What became of dead letters that were offered to their stream again.
struct ReplayedDead {
  struct Stayed {
    int64_t id = 0;
    std::string reason;
  };
  int64_t replayed = 0;
  std::vector<Stayed> stayed;  // dead letters as before: still bad, or longer than what was kept of them
};

// What the API does through the app, because it concerns the running process. Thread-safe; called by workers.
class ApiActions {
 public:
  virtual ~ApiActions() = default;
  virtual std::vector<Waiting> Waits() = 0;  // empty: ready
  virtual std::string StatusJson() = 0;      // what `sluice status --json` prints
  virtual std::string Metrics() = 0;         // Prometheus text
  virtual Result<AuditReport> Audit(bool deep) = 0;
  // Rejects an id that is not there.
  virtual Result<ReplayedDead> ReplayDead(const std::vector<int64_t>& ids) = 0;
  // How many were dropped. Rejects an id that is not there.
  virtual Result<int64_t> DropDead(const std::vector<int64_t>& ids) = 0;
  virtual Status Forget(const std::string& job) = 0;
};

struct ApiContext {
  const std::vector<StreamSpec>& streams;
  const std::vector<SummarySpec>& summaries;
  StoreQueries* store;  // this and `live` are null where the role api does not run: then /data and /api are
  Live* live;           // 404 with `absent`
  const Clock& clock;
  ApiActions& actions;
  std::string version;
  int64_t sql_bytes = 64 << 20;  // of one answer of /api/sql as Arrow
  std::string absent = {};
};

// Rows of one answer of /api/sql: no less than sql_bytes hold of most queries.
inline constexpr int64_t kMostSqlRows = 10'000'000;

Status RegisterApi(http::Router& router, const ApiContext& context);
// The routes that every process serves, whatever its role: alive, ready, metrics.
Status RegisterHealth(http::Router& router, const ApiContext& context);

// OpenAPI 3.1 of every route.
std::string OpenApiJson(const std::string& version);
// The same for people, as `sluice docs api` prints it.
std::string ApiReferenceMarkdown();

}  // namespace sluice
