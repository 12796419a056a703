// Assignment: who reads which partitions of a stream now, for one job of one process. A log that one process
// owns assigns everything; one that many processes share assigns a share that changes as they come and go.
// It only advises: that nobody writes twice is the sink's promise (Sink::Claim fences). Made by a kind of
// log, owned by the job, called by the job's thread alone.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/batch.h"
#include "core/status.h"

namespace sluice {

struct Assigned {
  int64_t generation = 0;               // grows whenever the share may have changed
  std::vector<PartitionId> partitions;  // ascending
};

class Assignment {
 public:
  virtual ~Assignment() = default;
  // The share now, without waiting. Retry: it is not known yet (nothing is read meanwhile); reject: never
  // again (another process took this one's name).
  virtual Result<Assigned> Now() = 0;
  // What the sink holds, for the log's own tools; never read back (rule D2). Must not wait.
  virtual void Committed(const std::map<PartitionId, Position>& next) { (void)next; }
  // Whether the share can change at all; a job that lost a seat of a fixed one has lost it for good.
  virtual bool Fixed() const { return false; }
};

// Every partition, always.
class EveryPartition : public Assignment {
 public:
  explicit EveryPartition(int partitions) {
    for (PartitionId p = 0; p < partitions; ++p) all_.partitions.push_back(p);
  }
  Result<Assigned> Now() override { return all_; }
  bool Fixed() const override { return true; }

 private:
  Assigned all_;
};

}  // namespace sluice
