// Status and Result<T>: how every call of ours says that it failed.
// A code names what the *caller* does next, not what went wrong; the message says what went wrong, for a
// person. Third-party errors are translated into these at the edge of the folder that meets them. Values;
// thread-compatible.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace sluice {

enum class Code {
  ok,
  retry,   // the same call again, later, is harmless and may succeed (disk full, database away)
  reject,  // this input can never be accepted; its neighbours are unaffected
  lost,    // another holder owns it now; forget it
  fatal,   // stop the process and recover from the log
};

std::string_view CodeName(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status Retry(std::string message) { return {Code::retry, std::move(message)}; }
  static Status Reject(std::string message) { return {Code::reject, std::move(message)}; }
  static Status Lost(std::string message) { return {Code::lost, std::move(message)}; }
  static Status Fatal(std::string message) { return {Code::fatal, std::move(message)}; }

  bool ok() const { return code_ == Code::ok; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

  // The same code, with "context: " before the message.
  Status In(std::string_view context) const;

 private:
  Code code_ = Code::ok;
  std::string message_;
};

// Either a value or a Status that is not ok.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}         // NOLINT: implicit, so that `return value;` works
  Result(Status status) : held_(std::move(status)) {}  // NOLINT: implicit, so that `return status;` works

  bool ok() const { return std::holds_alternative<T>(held_); }
  // The failure; only when !ok().
  const Status& status() const { return std::get<Status>(held_); }

  T& operator*() & { return std::get<T>(held_); }
  const T& operator*() const& { return std::get<T>(held_); }
  T&& operator*() && { return std::get<T>(std::move(held_)); }
  T* operator->() { return &std::get<T>(held_); }
  const T* operator->() const { return &std::get<T>(held_); }

 private:
  std::variant<T, Status> held_;
};

}  // namespace sluice

// Returns from the calling function when `expression` (a Status) is not ok.
#define SLUICE_TRY(expression)                                         \
  do {                                                                 \
    if (::sluice::Status try_ = (expression); !try_.ok()) return try_; \
  } while (false)

#define SLUICE_JOIN_(a, b) a##b
#define SLUICE_JOIN(a, b) SLUICE_JOIN_(a, b)
#define SLUICE_ASSIGN_(result, target, expression) \
  auto result = (expression);                      \
  if (!result.ok()) return result.status();        \
  target = *std::move(result)

// SLUICE_ASSIGN(auto file, Open(path)): the value, or a return of the failure.
#define SLUICE_ASSIGN(target, expression) SLUICE_ASSIGN_(SLUICE_JOIN(result_, __LINE__), target, expression)
