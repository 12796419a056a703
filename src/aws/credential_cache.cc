#include "aws/credential_cache.h"

#include <algorithm>

#include "telemetry/events.h"

namespace sluice::aws {
namespace {

constexpr Duration kBeforeExpiry = std::chrono::minutes(5);
constexpr Duration kAfterFailure = std::chrono::seconds(5);

}  // namespace

Timestamp RenewalOf(const Credentials& credentials, Timestamp now) {
  if (!credentials.expires) return now;
  return *credentials.expires - std::min(kBeforeExpiry, (*credentials.expires - now) / 2);
}

Result<Credentials> CredentialCache::Get() {
  const MutexLock lock(mutex_);
  const Timestamp now = clock_.Now();
  const bool set_back = now < asked_at_;
  if (now >= renew_at_ || set_back) return Renew(now);
  if (held_ && (!held_->expires || *held_->expires > now)) return *held_;
  return failure_;
}

Result<Credentials> CredentialCache::Renew(Timestamp now) {
  Result<Credentials> found = find_();
  asked_at_ = clock_.Now();
  if (found.ok()) {
    failure_ = {};
    held_ = *found;
    renew_at_ = RenewalOf(*found, now);
    return found;
  }
  const bool told = failure_.message() == found.status().message();
  failure_ = found.status();
  renew_at_ = asked_at_ + kAfterFailure;
  if (held_ && (!held_->expires || *held_->expires <= asked_at_)) held_.reset();
  if (!held_) return failure_;
  if (!told) Event(Level::warn, "aws", failure_.message(), {{"valid until", FormatRfc3339(*held_->expires)}});
  return *held_;
}

}  // namespace sluice::aws
