// The embedded log as the command line sees it while no process has it open (`sluice log
// ls|cat|verify|repair`). LogInspector reads and changes nothing; RepairLog drops what is damaged and records
// its positions as lost, so that jobs get past it and audit counts it. Both hold the log's lock while they
// live and reject a directory that a process uses, that has no log, or whose log is of another version. Owned
// by the caller; one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/log.h"

namespace rocksdb {
class FileSystem;
}

namespace sluice {

// One partition as `sluice log ls` lists it.
struct LogPartition {
  std::string stream;
  PartitionId partition = 0;
  Ends ends;
  int64_t bytes = 0;                // stored
  int64_t batches = 0;              // stored
  int64_t lost = 0;                 // positions in [low, high) recorded as lost
  int64_t gaps = 0;                 // … and as never given
  std::optional<Timestamp> oldest;  // arrivals
  std::optional<Timestamp> newest;
};

// One origin: how far a source's input was taken.
struct LogOrigin {
  std::string origin;
  OriginState state;
  std::optional<Timestamp> expires;
};

// Something that is wrong with positions [first, next) of a partition; stream is empty when it is the log's.
struct LogFinding {
  std::string stream;
  PartitionId partition = 0;
  Position first = 0;
  Position next = 0;
  std::string sentence;  // for a person
};

struct LogVerification {
  int64_t batches = 0;  // looked at
  int64_t entries = 0;  // in those that are whole
  int64_t bytes = 0;
  std::vector<LogFinding> findings;  // empty: all is well
};

struct LogRepair {
  int64_t batches_dropped = 0;
  int64_t positions_lost = 0;          // recorded now, not before
  std::vector<std::string> sentences;  // what was done, for a person
};

class LogInspector {
 public:
  // `files`: the machine's unless given. Reject: also a log so damaged that its database does not open; the
  // message names `sluice log repair`.
  static Result<std::unique_ptr<LogInspector>> Open(const std::string& directory,
                                                    std::shared_ptr<rocksdb::FileSystem> files = nullptr);
  ~LogInspector();

  std::string Id() const;
  // By stream name and partition.
  std::vector<LogPartition> Partitions() const;
  Status ForEachOrigin(const std::function<void(const LogOrigin&)>& visit) const;
  // The declared fields of a stream; reject: there is none of that name.
  Result<StreamSpec> Stream(const std::string& name) const;
  // As Log::Read: rows of StreamSpec::TableSchema() and dead entries. Empty at the end (next == from). A
  // damaged batch is a reject that names its position.
  Result<Slice> Read(const std::string& stream, PartitionId partition, Position from,
                     int64_t byte_budget) const;
  // Reads everything: every batch's checksum, place, continuity of positions, rows and dead entries; the
  // write-ahead log; the witness of ends. Findings are no failure.
  Result<LogVerification> Verify() const;

 private:
  struct Parts;
  explicit LogInspector(std::unique_ptr<Parts> parts);
  const std::unique_ptr<Parts> parts_;
};

// LogInspector::Verify, also of a log that is too damaged to be looked into: that is then the finding.
Result<LogVerification> VerifyLog(const std::string& directory,
                                  std::shared_ptr<rocksdb::FileSystem> files = nullptr);

// Rebuilds a database that cannot be used from what is whole in its files, drops every damaged batch and
// records the positions that are then uncovered as lost. What was there stays beside (damaged-N). Harmless on
// a log without damage. Reject: nothing is left to rebuild from.
Result<LogRepair> RepairLog(const std::string& directory,
                            std::shared_ptr<rocksdb::FileSystem> files = nullptr);

}  // namespace sluice
