#include "log/embedded/looking_log.h"

#include "log/embedded/inspect.h"
#include "platform/mutex.h"

namespace sluice {
namespace {

class LookingLog : public Log {
 public:
  explicit LookingLog(std::string directory) : directory_(std::move(directory)) {}

  // Empty when it cannot be looked into: whoever asks on hears why.
  std::string Id() const override {
    const MutexLock lock(mutex_);
    return Open().ok() ? inspector_->Id() : "";
  }

  Result<Ends> EndsOf(const std::string& stream, PartitionId partition) override {
    const MutexLock lock(mutex_);
    SLUICE_TRY(Open());
    for (const LogPartition& known : inspector_->Partitions()) {
      if (known.stream == stream && known.partition == partition) return known.ends;
    }
    return Ends{};
  }

  Result<Slice> Read(const std::string& stream, PartitionId partition, Position from,
                     int64_t byte_budget) override {
    const MutexLock lock(mutex_);
    SLUICE_TRY(Open());
    return inspector_->Read(stream, partition, from, byte_budget);
  }

  Status Health() const override {
    const MutexLock lock(mutex_);
    return Open();
  }

  Status Declare(const StreamSpec&) override { return {}; }
  void Subscribe(Listener) override {}
  Status Append(const std::string&, Batch, std::optional<OriginStep>, Completion) override {
    return Refusal();
  }
  Result<OriginState> Claim(const std::string&) override { return Refusal(); }
  Status Trim(const std::string&, PartitionId, Position) override { return Refusal(); }
  Status RaiseTo(const std::string&, PartitionId, Position) override { return Refusal(); }

 private:
  static Status Refusal() { return Status::Reject("the log is only looked at"); }

  Status Open() const REQUIRES(mutex_) {
    if (inspector_ != nullptr) return {};
    SLUICE_ASSIGN(inspector_, LogInspector::Open(directory_));
    return {};
  }

  const std::string directory_;
  mutable Mutex mutex_;
  mutable std::unique_ptr<LogInspector> inspector_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Log> MakeLookingLog(std::string directory) {
  return std::make_unique<LookingLog>(std::move(directory));
}

}  // namespace sluice
