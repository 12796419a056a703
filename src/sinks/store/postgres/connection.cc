#include "sinks/store/postgres/connection.h"

#include <cerrno>
#include <charconv>
#include <cstring>

#include <arrow/api.h>
#include <fmt/format.h>
#include <poll.h>

#include "sinks/store/postgres/table_reader.h"
#include "sinks/store/sql_text.h"

namespace sluice::pg {
namespace {

constexpr int kOldestServer = 150000;
constexpr Duration kConnecting = std::chrono::seconds(5);  // without progress
constexpr Oid kBool = 16, kInt8 = 20, kFloat8 = 701, kUnknown = 0;

std::string OneLine(const char* text) {
  std::string line = text == nullptr ? "" : text;
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  for (char& c : line) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return line;
}

std::string Field(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? "" : text;
}

// A parameter as the extended protocol takes it.
struct Bound {
  Oid type = kUnknown;
  std::optional<std::string> text;
};
Bound Bind(const SqlParam& param) {
  if (const auto* whole = std::get_if<int64_t>(&param)) return {kInt8, std::to_string(*whole)};
  if (const auto* real = std::get_if<double>(&param)) return {kFloat8, fmt::format("{}", *real)};
  if (const auto* truth = std::get_if<bool>(&param)) return {kBool, *truth ? "t" : "f"};
  if (const auto* text = std::get_if<std::string>(&param)) return {kUnknown, *text};
  return {};
}

// What a session must be like, whatever the server's or the role's defaults are. A commit that was answered
// must be on disk: a weaker setting is raised. That transactions are read-only is left as it is: hosts say so
// of a database whose disk is nearly full.
constexpr const char* kSession =
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET bytea_output = "
    "'hex'; "
    "SET extra_float_digits = 1; SET standard_conforming_strings = on; SET jit = off; SET statement_timeout "
    "= 0; "
    "SET lock_timeout = '2s'; SET client_min_messages = warning; "
    "SET default_transaction_isolation = 'read committed'; "
    "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
    "ELSE "
    "current_setting('synchronous_commit') END, false); SET search_path = ";

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const Target& target) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : target.keywords) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* handle = PQconnectStartParams(names.data(), values.data(), 1);
  if (handle == nullptr) return Status::Retry("out of memory for a connection to PostgreSQL");
  std::unique_ptr<Connection> connection(new Connection(handle, target));
  connection->patience_ = std::min(target.patience, kConnecting);
  SLUICE_TRY(connection->FinishConnecting());
  SLUICE_TRY(connection->SetUp());
  connection->patience_ = target.patience;
  return connection;
}

Connection::~Connection() { PQfinish(handle_); }

Status Connection::FinishConnecting() {
  PQsetNoticeProcessor(
      handle_, [](void*, const char*) {}, nullptr);
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (PQstatus(handle_) != CONNECTION_BAD && state != PGRES_POLLING_OK) {
    SLUICE_TRY(Wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT));
    state = PQconnectPoll(handle_);
    if (state == PGRES_POLLING_FAILED) break;
  }
  if (PQstatus(handle_) == CONNECTION_OK) return {};
  return Broken(OneLine(PQerrorMessage(handle_)));
}

Status Connection::SetUp() {
  PQsetnonblocking(handle_, 1);
  if (PQserverVersion(handle_) < kOldestServer) {
    return Broken(
        fmt::format("PostgreSQL {} is too old: 15 or newer is needed", PQserverVersion(handle_) / 10000));
  }
  return Run(kSession + QuoteName(schema_) + ", pg_catalog");
}

Status Connection::Broken(const std::string& why) {
  broken_ = true;
  const bool names_it = why.find("connection to server") != std::string::npos;
  failure_ = {.message = names_it ? why : fmt::format("PostgreSQL at {}: {}", shown_, why)};
  return Status::Retry(failure_.message);
}

Status Connection::Failed(const PGresult* result) {
  if (PQstatus(handle_) != CONNECTION_OK) {
    // What ended it may have been said: "terminating connection due to administrator command".
    const std::string why = result == nullptr ? "" : OneLine(PQresultErrorMessage(result));
    return Broken(why.empty() ? OneLine(PQerrorMessage(handle_)) : why);
  }
  failure_ = {.sqlstate = Field(result, PG_DIAG_SQLSTATE),
              .message = OneLine(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)),
              .context = Field(result, PG_DIAG_CONTEXT),
              .column = Field(result, PG_DIAG_COLUMN_NAME)};
  if (failure_.message.empty()) failure_.message = OneLine(PQresultErrorMessage(result));
  return StatusOf(failure_);
}

// Until the socket is ready, but no longer than patience lasts.
Status Connection::Wait(short events) {
  const auto end = std::chrono::steady_clock::now() + patience_;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    pollfd ready{.fd = PQsocket(handle_), .events = events, .revents = 0};
    const int found = ::poll(&ready, 1, static_cast<int>(std::min<int64_t>(left.count(), 1 << 30)));
    if (found > 0) return {};
    if (found < 0 && errno != EINTR) return Broken(std::strerror(errno));
  }
  return Broken(fmt::format("no answer for {}", FormatDuration(patience_)));
}

bool Connection::Rested() const {
  pollfd ready{.fd = PQsocket(handle_), .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, 0) == 0;
}

bool Connection::WaitForAnswer(Duration span) {
  const auto end = std::chrono::steady_clock::now() + span;
  while (PQisBusy(handle_) == 1) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd ready{.fd = PQsocket(handle_), .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0) return false;
    if (PQconsumeInput(handle_) == 0) return true;  // Next says what is wrong
  }
  return true;
}

Status Connection::Flush() {
  while (true) {
    const int left = PQflush(handle_);
    if (left == 0) return {};
    if (left < 0) return Broken(OneLine(PQerrorMessage(handle_)));
    SLUICE_TRY(Wait(POLLIN | POLLOUT));
    if (PQconsumeInput(handle_) == 0) return Broken(OneLine(PQerrorMessage(handle_)));
  }
}

Result<Answer> Connection::Next() {
  while (PQisBusy(handle_) == 1) {
    SLUICE_TRY(Wait(POLLIN));
    if (PQconsumeInput(handle_) == 0) return Broken(OneLine(PQerrorMessage(handle_)));
  }
  return Answer(PQgetResult(handle_));
}

// All that is still to be said of a message; the first failure counts.
Status Connection::Finish(Answer* rows, int64_t* changed) {
  Status first;
  while (true) {
    SLUICE_ASSIGN(Answer answer, Next());
    if (answer == nullptr) return first;
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) {
      const char* count = PQcmdTuples(answer.get());
      if (changed != nullptr && *count != '\0') std::from_chars(count, count + std::strlen(count), *changed);
      if (status == PGRES_TUPLES_OK && rows != nullptr) *rows = std::move(answer);
    } else if (status == PGRES_COPY_IN) {
      return first;
    } else if (first.ok()) {
      first = Failed(answer.get());
      if (broken_) return first;
    }
  }
}

Status Connection::Send(const std::string& sql) {
  if (broken_) return Status::Retry(failure_.message);
  if (PQsendQuery(handle_, sql.c_str()) == 0) return Broken(OneLine(PQerrorMessage(handle_)));
  return Flush();
}

Status Connection::Run(const std::string& sql, int64_t* changed) {
  SLUICE_TRY(Send(sql));
  return Finish(nullptr, changed);
}

Result<std::shared_ptr<arrow::Table>> Connection::Receive() {
  Answer answer;
  SLUICE_TRY(Finish(&answer, nullptr));
  if (answer == nullptr) return Status::Retry("a question that gives no rows");
  TableReader reader(*answer);
  for (int row = 0; row < PQntuples(answer.get()); ++row) reader.Add(*answer, row);
  return reader.Finish();
}

Result<std::shared_ptr<arrow::Table>> Connection::Query(const std::string& sql) {
  SLUICE_TRY(Send(sql));
  return Receive();
}

Status Connection::BeginCopy(const std::string& sql) { return Run(sql); }

Status Connection::PutCopy(std::string_view bytes) {
  while (true) {
    const int put = PQputCopyData(handle_, bytes.data(), static_cast<int>(bytes.size()));
    if (put < 0) return Broken(OneLine(PQerrorMessage(handle_)));
    SLUICE_TRY(Flush());
    if (put > 0) return {};
  }
}

Status Connection::EndCopy(int64_t* rows) {
  while (true) {
    const int put = PQputCopyEnd(handle_, nullptr);
    if (put < 0) return Broken(OneLine(PQerrorMessage(handle_)));
    SLUICE_TRY(Flush());
    if (put > 0) return Finish(nullptr, rows);
  }
}

Status Connection::SendOne(const std::string& sql, const std::vector<SqlParam>& params) {
  std::vector<Bound> bound;
  for (const SqlParam& param : params) bound.push_back(Bind(param));
  std::vector<Oid> types;
  std::vector<const char*> values;
  for (const Bound& one : bound) {
    types.push_back(one.type);
    values.push_back(one.text ? one.text->c_str() : nullptr);
  }
  if (PQsendQueryParams(handle_, sql.c_str(), static_cast<int>(bound.size()), types.data(), values.data(),
                        nullptr, nullptr, 0) == 0) {
    return Broken(OneLine(PQerrorMessage(handle_)));
  }
  return Flush();
}

Result<Answer> Connection::DescribeCursor(const std::string& name) {
  if (PQsendDescribePortal(handle_, name.c_str()) == 0) return Broken(OneLine(PQerrorMessage(handle_)));
  SLUICE_TRY(Flush());
  SLUICE_ASSIGN(Answer described, Next());
  SLUICE_TRY(Drain());
  if (described == nullptr || PQresultStatus(described.get()) != PGRES_COMMAND_OK) {
    return Status::Retry("PostgreSQL does not describe the answer");
  }
  return described;
}

Status Connection::Refused(const PGresult* answer) {
  Status status = Failed(answer);
  const Failure first = failure_;
  if (!broken_) (void)Drain();
  if (!broken_) failure_ = first;
  return status;
}

void Connection::Cancel() {
  if (PGcancel* cancel = PQgetCancel(handle_); cancel != nullptr) {
    char error[256];
    PQcancel(cancel, error, sizeof error);
    PQfreeCancel(cancel);
  }
  while (!broken_) {
    const auto answer = Next();
    if (!answer.ok() || *answer == nullptr) return;
  }
}

}  // namespace sluice::pg
