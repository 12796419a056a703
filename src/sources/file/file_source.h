// FileSource: brings in files, followed or replayed, as fast as possible or at the pace of their event times.
// How far each file is in the log is its origin ("file/NAME/INODE"), so that reading goes on exactly where it
// was durable, however the process ended; the standard input has no origin and cannot be resumed. Owned by
// the app; stepped by one thread, Health and progress are for any. What a file lacks shows in Health and is
// tried again; a file that another process took (lost) is left to it.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <string>

#include "engine/source.h"
#include "platform/mutex.h"
#include "sources/delivery.h"
#include "sources/file/file_set.h"

namespace sluice {

struct FileProgress {
  int64_t bytes_done = 0;   // durable
  int64_t bytes_total = 0;  // 0: unknown (the standard input)
  int64_t readings = 0;     // durable in this run, dead ones included
  int64_t files = 0;
  int64_t files_done = 0;
  double readings_per_second = 0;  // since the start of this run
};

class FileSource : public Source {
 public:
  // Rejects options that contradict each other. `intake` outlives the source.
  static Result<std::unique_ptr<FileSource>> Make(FileSourceSpec spec, Intake& intake, FileSourceParts parts);

  std::string Name() const override { return "source." + spec_.name; }
  StepResult Step(Timestamp now) override;
  void Drain() override { draining_ = true; }
  bool Drained() const override { return draining_ && !delivery_.UnderWay(); }
  Status Health() const override;
  bool Finished() const override { return finished_; }
  bool Ended() const override { return finished_ || Stopped() || refused_; }
  double Progress() const override;
  FileProgress Details() const;

  // Paced readings are gathered for this long, so that the log is not synced for each of them.
  static constexpr Duration kGather = std::chrono::milliseconds(50);

 private:
  // A chunk on its way; `given` of its entries are brought in.
  struct Queued {
    TrackedFile* file = nullptr;
    Chunk chunk;
    Prefix prefix;
    int64_t round = 0;
    std::vector<Timestamp> times;  // of the entries, where they matter
    int64_t given = 0;
  };
  struct Pending {
    Batch batch;
    std::optional<OriginStep> step;
    int64_t count = 0;
    int64_t place = 0;
    bool whole = false;
  };

  FileSource(FileSourceSpec spec, Intake& intake, FileSourceParts parts);
  bool Acknowledge(Timestamp now);
  void Settle();
  void Forget(TrackedFile* file);
  bool Fill(Timestamp now);
  bool FinishOrRepeat(Timestamp now);
  Timestamp Prepare(Timestamp now);
  int64_t CountDue(const Queued& queued, Timestamp now, Timestamp* next);
  Timestamp DueOf(Timestamp event, Timestamp now);
  void Anchor(const Queued& queued, Timestamp now);
  Pending MakePending(const Queued& queued, int64_t count) const;
  Timestamp Send(Timestamp now, bool* progress);
  bool Timed() const { return spec_.speed > 0 || spec_.shift_to_now; }
  bool Stopped() const;
  void SetHealth(Status status);
  void Publish(Timestamp now);

  const FileSourceSpec spec_;
  const FileSourceParts parts_;
  Intake& intake_;
  FileSet set_;
  Delivery delivery_;

  std::deque<Queued> queue_;  // the first is being delivered while the second is read ahead
  std::optional<Pending> pending_;
  std::optional<Pace> pace_;
  int64_t pace_round_ = 0;
  int64_t round_readings_ = 0;
  Timestamp send_at_{};    // not before, to gather
  Timestamp retry_at_{};   // not before, after a refusal
  Timestamp repeat_at_{};  // not before, when a round was empty
  std::optional<Timestamp> started_;
  int64_t readings_ = 0;

  std::atomic<bool> draining_{false};
  std::atomic<bool> finished_{false};
  std::atomic<bool> refused_{false};  // all that is left to read
  mutable Mutex mutex_;
  Status health_ GUARDED_BY(mutex_);   // of the log
  Status problem_ GUARDED_BY(mutex_);  // of a file
  FileProgress progress_ GUARDED_BY(mutex_);
};

}  // namespace sluice
