#include "sinks/store/postgres/pool.h"

#include <algorithm>

namespace sluice::pg {
namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(50);
constexpr Duration kLastPause = std::chrono::seconds(1);

}  // namespace

Result<std::unique_ptr<Connection>> Pool::Open() const {
  SLUICE_ASSIGN(auto connection, Connection::Open(options_.target));
  if (!options_.set_up.empty()) SLUICE_TRY(connection->Run(options_.set_up));
  return connection;
}

Result<Pool::Lease> Pool::Take() {
  {
    const MutexLock lock(mutex_);
    while (idle_.empty() && open_ == options_.limit) returned_.Wait(mutex_);
    while (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->Rested()) return Lease(*this, std::move(connection));
      --open_;
    }
    if (!failure_.ok() && std::chrono::steady_clock::now() < not_before_) return failure_;
    ++open_;
  }
  return OpenOne();
}

Result<Pool::Lease> Pool::OpenOne() {
  auto connection = Open();
  const MutexLock lock(mutex_);
  if (connection.ok()) {
    failure_ = {};
    pause_ = {};
    return Lease(*this, *std::move(connection));
  }
  --open_;
  returned_.NotifyOne();
  failure_ = connection.status();
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLastPause);
  not_before_ = std::chrono::steady_clock::now() + pause_;
  return failure_;
}

void Pool::Return(std::unique_ptr<Connection> connection) {
  const MutexLock lock(mutex_);
  if (connection->broken()) {
    --open_;
    // Those that lie idle are likely to have gone with it.
    open_ -= idle_.size();
    idle_.clear();
  } else {
    idle_.push_back(std::move(connection));
  }
  returned_.NotifyOne();
}

}  // namespace sluice::pg
