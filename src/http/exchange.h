// Exchange: one request and the answer owed to it, between a connection and the handler that answers from any
// thread. The connection forgets the exchange when it closes; the handler's responder may outlive both it and
// the listener. LiveStream: the event stream of a response that goes on after its head, between a writer and
// its connection.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "http/mailbox.h"
#include "http/message.h"
#include "platform/mutex.h"

namespace sluice::http {

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  // `on_answer` runs on the IO thread when the answer came from elsewhere.
  Exchange(std::shared_ptr<Mailbox> mailbox, std::function<void()> on_answer)
      : mailbox_(std::move(mailbox)), on_answer_(std::move(on_answer)) {}

  // For the handler. Only the first call counts; a responder that is dropped unused answers 500.
  Responder MakeResponder();

  // IO thread: calls `handle` on this thread; an answer given during the call is there when it returns.
  void CallInline(const std::function<void(Responder)>& handle);
  // IO thread.
  bool answered() const { return response_.has_value(); }
  Response Take() { return *std::move(response_); }
  void Forget() { on_answer_ = nullptr; }

 private:
  struct Owed;
  void Answer(Response response);

  const std::shared_ptr<Mailbox> mailbox_;
  std::function<void()> on_answer_;   // IO thread only
  std::optional<Response> response_;  // IO thread only
  std::atomic<bool> first_{true};
  std::atomic<std::thread::id> inline_on_;  // the IO thread while it calls the handler
};

class LiveStream : public EventStream, public std::enable_shared_from_this<LiveStream> {
 public:
  // `on_change` runs on the IO thread after bytes came or the buffer overflowed.
  LiveStream(std::shared_ptr<Mailbox> mailbox, size_t capacity, std::function<void()> on_change)
      : mailbox_(std::move(mailbox)), capacity_(capacity), on_change_(std::move(on_change)) {}

  bool Write(std::string chunk) override;
  size_t Buffered() const override;

  // IO thread: what is to be sent; nothing once the buffer overflowed. What was taken before is sent by now.
  std::string TakePending();
  bool overflowed();
  void Close();  // writes fail from now on

 private:
  void Notify();

  const std::shared_ptr<Mailbox> mailbox_;
  const size_t capacity_;
  std::function<void()> on_change_;  // IO thread only
  mutable Mutex mutex_;
  std::string pending_ GUARDED_BY(mutex_);
  size_t being_sent_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
  bool overflowed_ GUARDED_BY(mutex_) = false;
};

}  // namespace sluice::http
