// ByteBudget: how many bytes of request bodies are held in all connections together (rule D7). Whoever holds
// bytes keeps a Hold; when there is no room the request is refused, never queued. Thread-safe; a Hold has one
// user at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace sluice::http {

class ByteBudget {
 public:
  explicit ByteBudget(int64_t limit) : limit_(limit) {}
  int64_t held() const { return held_; }

  // A share of the budget (which outlives it); given back by the destructor.
  class Hold {
   public:
    Hold() = default;
    explicit Hold(ByteBudget& budget) : budget_(&budget) {}
    Hold(Hold&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Hold& operator=(Hold&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Hold() {
      if (budget_ != nullptr) budget_->held_ -= bytes_;
    }

    // False: no room; the share is as it was.
    bool Grow(int64_t bytes) {
      if (budget_->held_.fetch_add(bytes) + bytes > budget_->limit_) {
        budget_->held_ -= bytes;
        return false;
      }
      bytes_ += bytes;
      return true;
    }

   private:
    ByteBudget* budget_ = nullptr;
    int64_t bytes_ = 0;
  };

 private:
  const int64_t limit_;
  std::atomic<int64_t> held_{0};
};

}  // namespace sluice::http
