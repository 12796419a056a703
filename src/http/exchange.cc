#include "http/exchange.h"

namespace sluice::http {

// Shared by the copies of one responder.
struct Exchange::Owed {
  std::shared_ptr<Exchange> exchange;
  ~Owed() {
    if (!exchange->first_) return;
    exchange->Answer(Response::Problem(500, "", "the request was dropped without an answer"));
  }
};

Responder Exchange::MakeResponder() {
  auto owed = std::make_shared<Owed>();
  owed->exchange = shared_from_this();
  return [owed = std::move(owed)](Response response) { owed->exchange->Answer(std::move(response)); };
}

void Exchange::Answer(Response response) {
  if (!first_.exchange(false)) return;
  if (inline_on_.load() == std::this_thread::get_id()) {
    response_ = std::move(response);
    return;
  }
  auto carried = std::make_shared<Response>(std::move(response));
  mailbox_->Send([self = shared_from_this(), carried] {
    self->response_ = std::move(*carried);
    if (self->on_answer_) self->on_answer_();
  });
}

void Exchange::CallInline(const std::function<void(Responder)>& handle) {
  inline_on_ = std::this_thread::get_id();
  handle(MakeResponder());
  inline_on_ = std::thread::id();
}

bool LiveStream::Write(std::string chunk) {
  MutexLock lock(mutex_);
  if (closed_ || overflowed_) return false;
  const bool was_empty = pending_.empty();
  if (pending_.size() + chunk.size() > capacity_) {
    overflowed_ = true;
    pending_.clear();
  } else {
    pending_ += chunk;
  }
  if (was_empty || overflowed_) {
    mailbox_->Send([self = shared_from_this()] { self->Notify(); });
  }
  return !overflowed_;
}

void LiveStream::Notify() {
  if (on_change_) on_change_();
}

size_t LiveStream::Buffered() const {
  MutexLock lock(mutex_);
  return pending_.size() + being_sent_;
}

std::string LiveStream::TakePending() {
  MutexLock lock(mutex_);
  being_sent_ = pending_.size();
  return std::exchange(pending_, {});
}

bool LiveStream::overflowed() {
  MutexLock lock(mutex_);
  return overflowed_;
}

void LiveStream::Close() {
  on_change_ = nullptr;
  MutexLock lock(mutex_);
  closed_ = true;
}

}  // namespace sluice::http
