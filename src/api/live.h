// Live: new readings as server-sent events. One task reads the log for all clients: those that stand at the
// same positions form a group that is read and rendered for once, so a thousand watchers at the end of a
// stream cost one reader. A client that does not keep up is passed over until its connection has drained, and
// then goes on from the log where it stands: it misses nothing that the log still holds, and holds up nobody.
//
// Event id: the last position seen of each partition, "0:123,1:77"; a partition without one is left out. With
// it as Last-Event-ID a client goes on behind it. Positions that are gone make an event `gap` that says how
// many. Readings of the future (rule D12) are left out unless asked for.
//
// Owned by the app, which keeps it until the listener has stopped. Open is thread-safe; Step is one thread's.
// Failures: retry when there are too many clients; a log that cannot be read is tried again.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch.h"
#include "core/schema.h"
#include "engine/task.h"
#include "http/message.h"
#include "log/log.h"
#include "platform/mutex.h"

namespace sluice {

class Live : public Task {
 public:
  // `log`, and the streams that clients open, outlive it.
  explicit Live(Log& log);
  ~Live() override;

  // The response of a new client: from behind `last_event_id`, or from the log's end when that is empty.
  // Rejects an id that is none of ours.
  Result<http::Response> Open(const StreamSpec& stream, std::string_view last_event_id, bool include_future);

  std::string Name() const override { return "api.live"; }
  StepResult Step(Timestamp now) override;
  void Drain() override;
  bool Drained() const override { return true; }
  Status Health() const override { return {}; }  // the log reports itself

  int64_t clients() const { return open_; }

 private:
  struct Client;
  struct Bell;
  using Group = std::vector<Client*>;

  Result<std::vector<Position>> StartOf(const StreamSpec& stream, std::string_view last_event_id);
  void Admit(std::unique_ptr<Client> client);
  void Welcome(Timestamp now);
  std::vector<Group> Groups();
  bool Advance(Group& group, PartitionId partition);
  bool Deliver(Group& group, const Slice& slice);
  void Send(Group& group, const std::string& text);
  void KeepAlive(Timestamp now);
  void Forget();
  StepResult Next(Timestamp now, bool progress) const;

  Log& log_;
  const std::shared_ptr<Bell> bell_;
  std::atomic<bool> draining_{false};
  std::atomic<int64_t> open_{0};  // clients and arrivals

  // Only the stepping thread.
  std::vector<std::unique_ptr<Client>> clients_;
  Timestamp now_;
  bool failing_ = false;  // a read failed in this step

  Mutex mutex_;
  std::vector<std::unique_ptr<Client>> arrivals_ GUARDED_BY(mutex_);
};

}  // namespace sluice
