#include "http/mailbox.h"

#include <boost/asio/post.hpp>

namespace sluice::http {

void Mailbox::Send(std::function<void()> letter) {
  MutexLock lock(mutex_);
  if (io_ == nullptr) return;
  letters_.push_back(std::move(letter));
  if (letters_.size() == 1) boost::asio::post(*io_, [self = shared_from_this()] { self->Deliver(); });
}

void Mailbox::Deliver() {
  std::vector<std::function<void()>> letters;
  {
    MutexLock lock(mutex_);
    letters.swap(letters_);
  }
  for (auto& letter : letters) letter();
}

void Mailbox::Close() {
  std::vector<std::function<void()>>
      dropped;  // destroyed after the lock: a letter may own the last of something
  MutexLock lock(mutex_);
  io_ = nullptr;
  dropped.swap(letters_);
}

}  // namespace sluice::http
