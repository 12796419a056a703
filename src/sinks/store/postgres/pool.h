// Pool: connections to one server, opened on demand up to a limit; who needs one more waits for its turn. A
// broken one is thrown away. While the server is away nobody waits for it: after a failure the next try is
// not before a pause that doubles, and who asks meanwhile hears what went wrong. Thread-safe. Owned by the
// store; outlives its leases.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/mutex.h"
#include "sinks/store/postgres/connection.h"

namespace sluice::pg {

struct PoolOptions {
  Target target;
  size_t limit = 4;
  std::string set_up;  // statements for each new connection
};

class Pool {
 public:
  explicit Pool(PoolOptions options) : options_(std::move(options)) {}

  // A connection for the life of the lease.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&& other) noexcept = default;
    ~Lease() {
      if (connection_ != nullptr) pool_->Return(std::move(connection_));
    }
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };
  Result<Lease> Take() EXCLUDES(mutex_);
  // A connection of one's own, beside the limit and the pause.
  Result<std::unique_ptr<Connection>> Open() const;

 private:
  using Instant = std::chrono::steady_clock::time_point;
  void Return(std::unique_ptr<Connection> connection) EXCLUDES(mutex_);
  Result<Lease> OpenOne() EXCLUDES(mutex_);

  const PoolOptions options_;
  Mutex mutex_;
  Condition returned_;
  size_t open_ GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Connection>> idle_ GUARDED_BY(mutex_);
  Status failure_ GUARDED_BY(mutex_);
  Duration pause_ GUARDED_BY(mutex_){};
  Instant not_before_ GUARDED_BY(mutex_);
};

}  // namespace sluice::pg
