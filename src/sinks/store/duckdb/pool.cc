#include "sinks/store/duckdb/pool.h"

namespace sluice {

Result<ReaderPool::Lease> ReaderPool::Take() {
  MutexLock lock(mutex_);
  while (idle_.empty() && open_ == limit_) returned_.Wait(mutex_);
  if (idle_.empty()) {
    SLUICE_ASSIGN(auto connection, database_.Connect());
    SLUICE_TRY(prepare_(*connection));
    ++open_;
    return Lease(*this, std::move(connection));
  }
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return Lease(*this, std::move(connection));
}

void ReaderPool::Return(std::unique_ptr<Connection> connection) {
  MutexLock lock(mutex_);
  idle_.push_back(std::move(connection));
  returned_.NotifyOne();
}

}  // namespace sluice
