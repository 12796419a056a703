// Log: stores streams durably in order; the promise that everything else stands on.
// Sources append batches (through engine/intake.h), jobs read slices by position. Implementations: embedded/
// (RocksDB), kafka/. Owned by the app; every call is thread-safe. Completions run on a thread of the log and
// must return quickly.
//
// Promises:
//   D1  a completion with `done` runs only after the entries and their origin step are durable;
//   D2  entries and origin step of one Append are one atomic write, over all partitions it touches;
//   D6  entries of one partition keep the order of their Appends;
//   positions are never given twice, whatever was lost; what was lost is counted by Read (Slice::lost), never
//   skipped in silence (D9).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch.h"
#include "core/schema.h"
#include "core/status.h"

namespace sluice {

// How far an append takes its origin: a file's next byte, a foreign topic's next offset, an idempotency key
// (0 → 1).
struct OriginStep {
  std::string origin;  // "file/ambient/1234-abcd", "key/devices/7f3c": unique in the log
  uint64_t epoch = 0;  // of the claim; 0 for an origin that nobody claims (idempotency keys)
  int64_t from = 0;    // must equal the origin's `next`
  int64_t next = 0;
  std::string fingerprint;          // of the input: the same step with another fingerprint is a conflict
  std::string answer;               // kept and given back to a repeat; a source's own state (decoder, header)
  std::optional<Duration> expires;  // forget the origin this long after the append; unset: never
};

// What the log knows of an origin.
struct OriginState {
  uint64_t epoch = 0;
  int64_t next = 0;
  std::string answer;
};

// Where entries of an append went: `count` positions from `first`; a partition may have several such runs.
struct Placed {
  PartitionId partition = 0;
  Position first = 0;
  int64_t count = 0;
};

struct AppendOutcome {
  enum Kind {
    done,      // durable; `placed` says where
    already,   // this origin step was made before; nothing was appended; `answer` is the one given then
    lost,      // a younger claim owns the origin; nothing was appended
    conflict,  // the same origin step with another fingerprint; nothing was appended
    failed,    // `status` says why; nothing of it will ever be seen by a reader... (retry: full disk; fatal:
               // failed sync)
  };
  Kind kind = done;
  std::vector<Placed> placed;
  std::string answer;
  Status status;
};

struct Ends {
  Position low = 0;   // the oldest position that can be read
  Position high = 0;  // the next position to be given
};

class Log {
 public:
  using Completion = std::function<void(AppendOutcome)>;
  // Called (from any thread, often) after entries of the stream became readable. Must only wake somebody.
  using Listener = std::function<void(const std::string& stream)>;

  virtual ~Log() = default;

  // The random identity of this log; stored with every position. Another id means another history.
  virtual std::string Id() const = 0;

  // Where the dead entries of the stream's Appends lie when not among its rows: a stream with one partition,
  // for Read and EndsOf alone. Its entries count as the stream's.
  virtual std::optional<std::string> DeadStream(const std::string& /*stream*/) const { return std::nullopt; }

  // Makes a stream known, or widens a known one by new fields. Rejects a change that would reinterpret what
  // is stored: a field's type, another key, fewer partitions (unless those that were there stay:
  // PartitionsOf).
  virtual Status Declare(const StreamSpec& stream) = 0;

  // How many partitions a declared stream has: as it declares, or as what was there before has.
  virtual int PartitionsOf(const StreamSpec& stream) const { return stream.partitions; }

  // Takes the batch and answers at once: ok means that `completion` will run exactly once; retry means that
  // there is no room now (the bytes under way, max_bytes, or a full disk) and nothing was taken. Rows go to
  // the partition of their key (log/partitioner.h), dead entries to partition 0 or to DeadStream. A repeat of
  // a step that is still under way completes together with the first.
  virtual Status Append(const std::string& stream, Batch batch, std::optional<OriginStep> step,
                        Completion completion) = 0;

  // Takes the origin: its epoch grows, durably, so that older holders' appends are `lost`.
  virtual Result<OriginState> Claim(const std::string& origin) = 0;

  // Entries of a partition from `from` on, about `byte_budget` bytes of them but at least one;
  // an empty slice (next == from) at the end, or when nothing comes within a second. Rejects a position
  // outside [low, high].
  virtual Result<Slice> Read(const std::string& stream, PartitionId partition, Position from,
                             int64_t byte_budget) = 0;

  // Where other processes append too, a moment old at times; EndsNow holds every append that was answered
  // before it was asked, and may wait seconds for that. retry: what was appended cannot be read yet.
  virtual Result<Ends> EndsOf(const std::string& stream, PartitionId partition) = 0;
  virtual Result<Ends> EndsNow(const std::string& stream, PartitionId partition) {
    return EndsOf(stream, partition);
  }

  // Every job has committed what lies below `below`: the log may delete it, by its `retain` and `max_bytes`.
  virtual Status Trim(const std::string& stream, PartitionId partition, Position below) = 0;

  // Makes sure that positions below `next` are never given again (a sink has seen them, this log no longer
  // holds them); they are recorded as lost. No effect when high >= next. reject: this log is told to stop
  // then.
  virtual Status RaiseTo(const std::string& stream, PartitionId partition, Position next) = 0;

  virtual void Subscribe(Listener listener) = 0;

  // ok, or what appending waits for ("disk full: …"): shown by /readyz.
  virtual Status Health() const = 0;
};

}  // namespace sluice
