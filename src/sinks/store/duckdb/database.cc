#include "sinks/store/duckdb/database.h"

#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "platform/mutex.h"
#include "sinks/store/duckdb/arrow_bridge.h"

namespace sluice {
namespace {

struct OpenFiles {
  Mutex mutex;
  std::set<std::string> paths GUARDED_BY(mutex);
};
OpenFiles& Registry() {
  static OpenFiles files;
  return files;
}

bool RegisterPath(const std::string& path) {
  MutexLock lock(Registry().mutex);
  return Registry().paths.insert(path).second;
}

void UnregisterPath(const std::string& path) {
  MutexLock lock(Registry().mutex);
  Registry().paths.erase(path);
}

bool Contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bool IsFullDisk(const std::string& message) {
  return Contains(message, "No space left") || Contains(message, "Disk quota") ||
         Contains(message, "File too large") || Contains(message, "max_temp_directory_size");
}

struct Setting {
  const char* name;
  std::string value;
};

Result<duckdb_config> MakeConfig(const DatabaseOptions& options) {
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  const std::vector<Setting> settings = {
      {"access_mode", options.read_only ? "READ_ONLY" : "AUTOMATIC"},
      {"threads", std::to_string(options.threads)},
      {"memory_limit", fmt::format("{}B", options.memory.bytes)},
      {"temp_directory", options.temp_directory},
      {"max_temp_directory_size", options.temp_directory.empty() ? "0B" : "4GiB"},
      {"enable_external_access", "false"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      // Checkpoints are ours (Maintain): a commit never pays for one.
      {"checkpoint_threshold", "1TiB"},
  };
  for (const Setting& setting : settings) {
    if (duckdb_set_config(config, setting.name, setting.value.c_str()) == DuckDBSuccess) continue;
    duckdb_destroy_config(&config);
    return Status::Fatal(
        fmt::format("DuckDB {} does not know the setting {}", duckdb_library_version(), setting.name));
  }
  return config;
}

duckdb_state BindParam(duckdb_prepared_statement statement, idx_t index, const SqlParam& param) {
  switch (param.index()) {
    case 1:
      return duckdb_bind_int64(statement, index, std::get<int64_t>(param));
    case 2:
      return duckdb_bind_double(statement, index, std::get<double>(param));
    case 3:
      return duckdb_bind_boolean(statement, index, std::get<bool>(param));
    case 4: {
      const auto& text = std::get<std::string>(param);
      return duckdb_bind_varchar_length(statement, index, text.data(), text.size());
    }
    case 5:
      return duckdb_bind_timestamp_tz(statement, index, {ToMicros(std::get<Timestamp>(param))});
    case 6: {
      const auto& bytes = std::get<SqlBytes>(param).bytes;
      return duckdb_bind_blob(statement, index, bytes.data(), bytes.size());
    }
    default:
      return duckdb_bind_null(statement, index);
  }
}

// DuckDB advises to SET this and that when memory is short; settings are locked.
std::string WithoutAdvice(const std::string& message) {
  std::string text = message.substr(0, message.find("\nPossible solutions:"));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

// Seen with 1.5.6 (strace, a 12 MiB disk): COMMIT syncs the blocks it wrote to the file, then the write-ahead
// log, before it returns. A disk that is full then fails the COMMIT as a transaction error, rolled back, and
// the same commit works once there is room; a full disk in a CHECKPOINT is fatal to the database (upkeep.h
// looks for room before).
Status DuckDbStatus(duckdb_error_type type, const std::string& text) {
  const std::string message = WithoutAdvice(text);
  if (Contains(text, "has been invalidated") || Contains(text, "fsync failed")) return Status::Fatal(message);
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
    case DUCKDB_ERROR_INTERRUPT:
    case DUCKDB_ERROR_TRANSACTION:
      return Status::Retry(message);
    case DUCKDB_ERROR_IO:
      return IsFullDisk(text) ? Status::Retry(message) : Status::Fatal(message);
    case DUCKDB_ERROR_FATAL:
    case DUCKDB_ERROR_INTERNAL:
      return Status::Fatal(message);
    default:
      return IsFullDisk(text) ? Status::Retry(message) : Status::Reject(message);
  }
}

Status TakeError(duckdb_error_data error) {
  Status status;
  if (error != nullptr && duckdb_error_data_has_error(error)) {
    status = DuckDbStatus(duckdb_error_data_error_type(error), duckdb_error_data_message(error));
  }
  duckdb_destroy_error_data(&error);
  return status;
}

// A message alone names its kind in its first words.
Status DuckDbStatus(const char* message) {
  const std::string text = message == nullptr ? "unknown error" : message;
  duckdb_error_type type = DUCKDB_ERROR_INVALID;
  if (text.rfind("IO Error", 0) == 0) type = DUCKDB_ERROR_IO;
  if (text.rfind("Out of Memory", 0) == 0) type = DUCKDB_ERROR_OUT_OF_MEMORY;
  if (text.rfind("TransactionContext Error", 0) == 0) type = DUCKDB_ERROR_TRANSACTION;
  if (text.rfind("INTERRUPT", 0) == 0) type = DUCKDB_ERROR_INTERRUPT;
  if (text.rfind("FATAL", 0) == 0 || text.rfind("INTERNAL", 0) == 0) type = DUCKDB_ERROR_FATAL;
  return DuckDbStatus(type, text);
}

Status BindParams(duckdb_prepared_statement statement, const std::vector<SqlParam>& params) {
  const idx_t expected = duckdb_nparams(statement);
  if (expected != params.size()) {
    return Status::Reject(
        fmt::format("the statement has {} parameters, {} were given", expected, params.size()));
  }
  for (size_t i = 0; i < params.size(); ++i) {
    if (BindParam(statement, i + 1, params[i]) != DuckDBSuccess) {
      return Status::Reject(fmt::format("parameter {} cannot be bound", i + 1));
    }
  }
  return {};
}

Connection::~Connection() {
  duckdb_connection handle = handle_;
  duckdb_disconnect(&handle);
}

Status Connection::Execute(const std::string& sql, const std::vector<SqlParam>& params,
                           duckdb_result* result) {
  if (params.empty()) {
    if (duckdb_query(handle_, sql.c_str(), result) == DuckDBSuccess) return {};
    const char* message = duckdb_result_error(result);
    return DuckDbStatus(duckdb_result_error_type(result), message == nullptr ? "unknown error" : message);
  }
  duckdb_prepared_statement statement = nullptr;
  Status status;
  if (duckdb_prepare(handle_, sql.c_str(), &statement) != DuckDBSuccess) {
    status = DuckDbStatus(duckdb_prepare_error(statement));
  } else if (status = BindParams(statement, params); status.ok()) {
    if (duckdb_execute_prepared(statement, result) != DuckDBSuccess) {
      const char* message = duckdb_result_error(result);
      status = DuckDbStatus(duckdb_result_error_type(result), message == nullptr ? "unknown error" : message);
    }
  }
  duckdb_destroy_prepare(&statement);
  return status;
}

Status Connection::Run(const std::string& sql, const std::vector<SqlParam>& params, int64_t* changed) {
  duckdb_result result{};
  const Status status = Execute(sql, params, &result);
  if (status.ok() && changed != nullptr) *changed = static_cast<int64_t>(duckdb_rows_changed(&result));
  duckdb_destroy_result(&result);
  return status;
}

Result<std::shared_ptr<arrow::Table>> Connection::Query(const std::string& sql,
                                                        const std::vector<SqlParam>& params) {
  duckdb_result result{};
  if (const Status status = Execute(sql, params, &result); !status.ok()) {
    duckdb_destroy_result(&result);
    return status;
  }
  auto table = TakeTable(result, {});
  duckdb_destroy_result(&result);
  if (!table.ok()) return table.status();
  return table->rows;
}

Transaction::~Transaction() {
  if (open_) (void)connection_.Run("ROLLBACK");
}

Status Transaction::Begin(bool read_only) {
  SLUICE_TRY(connection_.Run(read_only ? "BEGIN TRANSACTION READ ONLY" : "BEGIN TRANSACTION"));
  open_ = true;
  return {};
}

// A COMMIT that failed has ended its transaction; ROLLBACK then only says that there is none.
Status Transaction::Commit() {
  SLUICE_TRY(connection_.Run("COMMIT"));
  open_ = false;
  return {};
}

Result<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  std::string registered;
  if (!options.path.empty()) {
    std::error_code error;
    registered = std::filesystem::weakly_canonical(options.path, error).string();
    if (!RegisterPath(registered)) {
      return Status::Reject(fmt::format("'{}' is open in this process already", options.path));
    }
  }
  auto config = MakeConfig(options);
  if (!config.ok()) {
    UnregisterPath(registered);
    return config.status();
  }
  duckdb_database handle = nullptr;
  char* message = nullptr;
  const char* path = options.path.empty() ? nullptr : options.path.c_str();
  const duckdb_state opened = duckdb_open_ext(path, &handle, *config, &message);
  duckdb_destroy_config(&*config);
  if (opened != DuckDBSuccess) {
    UnregisterPath(registered);
    const std::string reason = message == nullptr ? "unknown error" : message;
    duckdb_free(message);
    return Status::Reject(fmt::format("database '{}' cannot be opened: {}", options.path, reason));
  }
  std::unique_ptr<Database> database(new Database(options.path, registered, handle));
  SLUICE_ASSIGN(auto connection, database->Connect());
  SLUICE_TRY(connection->Run("SET GLOBAL TimeZone = 'UTC'; SET GLOBAL lock_configuration = true"));
  return database;
}

Database::~Database() {
  duckdb_close(&handle_);
  UnregisterPath(registered_);
}

Result<std::unique_ptr<Connection>> Database::Connect() {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(handle_, &connection) != DuckDBSuccess)
    return Status::Retry("DuckDB gives no connection");
  return std::make_unique<Connection>(connection);
}

}  // namespace sluice
