// Appender: the thread that writes. Appends are gathered while the last group is committed; claims and other
// questions to the Writer take their turn between groups. While there is no session with the brokers, appends
// and questions are refused (`retry`) and Health says why; a group whose commit was cut off waits until it is
// known what became of it. Owned by KafkaLog; thread-safe; completions run on its thread.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "log/kafka/append_work.h"
#include "log/kafka/writer.h"
#include "platform/mutex.h"

namespace sluice::kafka {

class Appender {
 public:
  using Question = std::function<Status(Writer&)>;
  struct Calls {
    // The first time that there is a session, before anything is appended; again until it is ok.
    Question opened;
    // A group is committed; its works still hold what they wrote.
    std::function<void(const AppendWorks&)> committed;
    // The control topic was read on, by what other processes wrote.
    std::function<void(const Ledger&)> caught_up;
  };

  Appender(const KafkaLogOptions& options, Calls calls);
  ~Appender() { Stop(); }

  void Start();
  // Commits what is left, unless there is no session.
  void Stop();

  // Whether there is room for `bytes` more now; asked before they are made into records.
  Status Admit(int64_t bytes) const;
  Status Add(std::unique_ptr<AppendWork> work);
  // Answered on return; not from a completion.
  Status Ask(Question question);
  // The same; where it answers retry, appends wait until `opened`, which goes on asking, is ok.
  Status AskBeforeAppends(Question question);
  // ok: there is a session, and the last group was committed. fatal: never again.
  Status Health() const;
  // Waits until Health is ok or fatal, no longer than `within`.
  Status AwaitOpen(Duration within);

 private:
  struct Asked {
    Question question;
    bool before_appends = false;
    Status answer;
    bool done = false;
  };
  struct Turn {
    AppendWorks works;
    Asked* asked = nullptr;
    bool stop = false;
  };

  Status AskOnce(Asked asked);
  void Run();
  void AnswerOne(Asked& asked);
  bool EnsureOpen();
  bool TakeOpenAgain();
  void NoteFailure(const Status& why);
  Turn NextTurn();
  void Upkeep();
  void Forget();
  void CommitGroup(AppendWorks works);
  // Until it is known what became of the group; false: never.
  bool Settle(AppendWorks& works);
  void Complete(std::unique_ptr<AppendWork> work);
  void CompleteDecided(AppendWorks& works, const Status& why);
  void RefuseQueue(const Status& why);
  // False when it is time to stop.
  bool Pause();
  void SetHealth(Status health);

  const KafkaLogOptions& options_;
  const Calls calls_;
  Writer writer_;            // of the thread
  bool introduced_ = false;  // `opened` was ok
  int failures_ = 0;         // in a row

  std::atomic<int64_t> under_way_{0};
  mutable Mutex mutex_;
  mutable Condition changed_;
  std::deque<std::unique_ptr<AppendWork>> works_ GUARDED_BY(mutex_);
  std::deque<Asked*> asked_ GUARDED_BY(mutex_);
  Status health_ GUARDED_BY(mutex_) = Status::Retry("waits for the Kafka brokers");
  // Somebody was turned away whose question `opened` asks: it may have begun before it knew.
  bool open_again_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace sluice::kafka
