// A connection to PostgreSQL over libpq that never waits for ever: every wait has a limit without progress,
// after which the connection counts as broken. Opened by the pool; one thread at a time. Statements go as the
// simple protocol's one message, which the server runs only once it has all of it. Failures: StatusOf
// (failure.h); a broken connection is retry, and is thrown away.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "core/status.h"
#include "core/time.h"
#include "sinks/store/postgres/failure.h"
#include "sinks/store/sql_params.h"

namespace arrow {
class Table;
}

namespace sluice::pg {

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, FreeResult>;

// Where to connect, as libpq's keywords; later ones win.
struct Target {
  std::vector<std::pair<std::string, std::string>> keywords;
  std::string shown;  // "127.0.0.1:5432/sluice": for messages, without secrets
  std::string schema = "public";
  Duration patience = std::chrono::seconds(30);  // without progress
};

class Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(const Target& target);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs statements as one message; `changed` takes the number of rows that the last one changed.
  Status Run(const std::string& sql, int64_t* changed = nullptr);
  // The same; the answer of the last one that gives rows.
  Result<std::shared_ptr<arrow::Table>> Query(const std::string& sql);
  // The same in two steps, so that something can be done while the server works.
  Status Send(const std::string& sql);
  Result<std::shared_ptr<arrow::Table>> Receive();

  // COPY … FROM STDIN as the last of `sql`'s statements; then bytes; then the end, which says how many rows
  // are in the table now.
  Status BeginCopy(const std::string& sql);
  Status PutCopy(std::string_view bytes);
  Status EndCopy(int64_t* rows);

  // For answers that are read row by row: sends; then Next until it is null.
  Status SendOne(const std::string& sql, const std::vector<SqlParam>& params);
  // Names and types of the columns of an open cursor.
  Result<Answer> DescribeCursor(const std::string& name);
  // The rest of the answer to SendOne, thrown away; its failure.
  Status Drain() { return Finish(nullptr, nullptr); }
  void OneRowAtATime() { PQsetSingleRowMode(handle_); }
  Result<Answer> Next();
  // What such an answer says went wrong; the rest of it is thrown away.
  Status Refused(const PGresult* answer);
  // Asks the server to stop what runs here, and throws away what it still says.
  void Cancel();

  // Of the last call that failed.
  const Failure& failure() const { return failure_; }
  bool broken() const { return broken_; }
  // Whether it can be used again after a rest: the server has nothing to say to one that rests but its end.
  bool Rested() const;
  const std::string& schema() const { return schema_; }
  int backend() const { return PQbackendPID(handle_); }
  // Whether the server has something to say within `span` of what was sent.
  bool WaitForAnswer(Duration span);
  // How long a call may go on without progress, from now on.
  void set_patience(Duration patience) { patience_ = patience; }

 private:
  Connection(PGconn* handle, const Target& target)
      : handle_(handle), shown_(target.shown), schema_(target.schema), patience_(target.patience) {}

  Status FinishConnecting();
  Status SetUp();
  Status Wait(short events);
  Status Flush();
  Status Finish(Answer* rows, int64_t* changed);
  Status Broken(const std::string& why);
  Status Failed(const PGresult* result);

  PGconn* const handle_;
  const std::string shown_;
  const std::string schema_;
  Duration patience_;
  Failure failure_;
  bool broken_ = false;
};

// BEGIN is the caller's; rolls back in the end unless the caller says that it is over.
class Rollback {
 public:
  explicit Rollback(Connection& connection) : connection_(connection) {}
  ~Rollback() {
    if (!over_ && !connection_.broken()) (void)connection_.Run("ROLLBACK");
  }
  void Over() { over_ = true; }

 private:
  Connection& connection_;
  bool over_ = false;
};

}  // namespace sluice::pg
