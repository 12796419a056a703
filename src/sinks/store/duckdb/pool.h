// ReaderPool: the connections that answer questions, opened on demand up to a limit; more askers wait their
// turn. Thread-safe. Owned by the store; outlives its leases.
#pragma once

#include <memory>
#include <vector>

#include "platform/mutex.h"
#include "sinks/store/duckdb/database.h"

namespace sluice {

class ReaderPool {
 public:
  // `prepare` is done to each new connection.
  ReaderPool(Database& database, int limit, Status (*prepare)(Connection&))
      : database_(database), limit_(limit), prepare_(prepare) {}

  // A connection for the life of the lease.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&& other) noexcept = default;
    ~Lease() {
      if (connection_ != nullptr) pool_->Return(std::move(connection_));
    }
    Connection& operator*() const { return *connection_; }

   private:
    ReaderPool* pool_;
    std::unique_ptr<Connection> connection_;
  };
  Result<Lease> Take() EXCLUDES(mutex_);

 private:
  void Return(std::unique_ptr<Connection> connection) EXCLUDES(mutex_);

  Database& database_;
  const int limit_;
  Status (*const prepare_)(Connection&);
  Mutex mutex_;
  Condition returned_;
  int open_ GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Connection>> idle_ GUARDED_BY(mutex_);
};

}  // namespace sluice
