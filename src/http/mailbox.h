// Mailbox: how other threads reach the IO thread. Handlers answer from threads of the log and of the workers,
// often many at once, so letters are collected and the IO thread is woken once for all of them. Shared by the
// listener and every answer still owed, because an answer may come after the listener is gone: a closed
// mailbox drops it. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "platform/mutex.h"

namespace sluice::http {

class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  explicit Mailbox(boost::asio::io_context& io) : io_(&io) {}

  // `letter` runs on the IO thread, in order, or never when the mailbox is closed.
  void Send(std::function<void()> letter);
  void Close();

 private:
  void Deliver();

  Mutex mutex_;
  boost::asio::io_context* io_ GUARDED_BY(mutex_);  // null: closed
  std::vector<std::function<void()>> letters_ GUARDED_BY(mutex_);
};

}  // namespace sluice::http
