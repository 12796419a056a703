// The embedded database and its connections, with DuckDB's errors translated into ours. The only place that
// opens the file: one duckdb_database per process and file, never opened twice (a second one would drop the
// first one's lock). Database is thread-safe; a Connection belongs to one thread at a time, except Interrupt.
// Failures: retry for memory, conflicts and a full disk; fatal when DuckDB's file or state can no longer be
// trusted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <duckdb.h>

#include "core/bytes.h"
#include "core/time.h"
#include "sinks/store/sql_params.h"

namespace arrow {
class Table;
}

namespace sluice {

// What the caller of a failed statement does next. The message is DuckDB's, without advice about settings.
Status DuckDbStatus(duckdb_error_type type, const std::string& text);
// The same for calls that give an error object or a message alone; the object is destroyed.
Status TakeError(duckdb_error_data error);
Status DuckDbStatus(const char* message);

class Connection {
 public:
  explicit Connection(duckdb_connection handle) : handle_(handle) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs a statement (several without parameters); `changed` takes the number of rows it changed.
  Status Run(const std::string& sql, const std::vector<SqlParam>& params = {}, int64_t* changed = nullptr);
  // Runs a statement and materialises its answer.
  Result<std::shared_ptr<arrow::Table>> Query(const std::string& sql,
                                              const std::vector<SqlParam>& params = {});
  // Stops what runs on the connection; from any thread.
  void Interrupt() { duckdb_interrupt(handle_); }

  duckdb_connection handle() const { return handle_; }

 private:
  Status Execute(const std::string& sql, const std::vector<SqlParam>& params, duckdb_result* result);

  const duckdb_connection handle_;
};

// BEGIN … COMMIT; rolled back by the destructor unless committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {}
  ~Transaction();
  Status Begin(bool read_only = false);
  Status Commit();

 private:
  Connection& connection_;
  bool open_ = false;
};

struct DatabaseOptions {
  std::string path;            // "" keeps everything in memory
  std::string temp_directory;  // for what does not fit `memory`; "" forbids it
  ByteSize memory = MiB(256);
  int threads = 2;
  bool read_only = false;  // an existing file, which any number of processes may open so
};

class Database {
 public:
  // No access to other files, explicit checkpoints, UTC; the settings are locked.
  static Result<std::unique_ptr<Database>> Open(const DatabaseOptions& options);
  ~Database();
  Result<std::unique_ptr<Connection>> Connect();
  const std::string& path() const { return path_; }

 private:
  Database(std::string path, std::string registered, duckdb_database handle)
      : path_(std::move(path)), registered_(std::move(registered)), handle_(handle) {}

  const std::string path_;
  const std::string registered_;  // real path among those open in this process
  duckdb_database handle_;
};

Status BindParams(duckdb_prepared_statement statement, const std::vector<SqlParam>& params);

}  // namespace sluice
