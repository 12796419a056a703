// CredentialCache: credentials that are asked for again before they expire, shared by everything in a process
// that signs. Of several that need new ones, one asks and the others wait for its answer, also when that is a
// failure. Credentials that are still valid outlive a failure to renew them. Thread-safe; may block as long
// as `find` does. Fails as `find` did.
#pragma once

#include <functional>

#include "aws/credentials.h"
#include "core/status.h"
#include "platform/clock.h"
#include "platform/mutex.h"

namespace sluice::aws {

class CredentialCache {
 public:
  using Find = std::function<Result<Credentials>()>;
  CredentialCache(Find find, const Clock& clock) : find_(std::move(find)), clock_(clock) {}

  Result<Credentials> Get();

 private:
  Result<Credentials> Renew(Timestamp now) REQUIRES(mutex_);

  const Find find_;
  const Clock& clock_;
  Mutex mutex_;
  std::optional<Credentials> held_ GUARDED_BY(mutex_);
  Timestamp asked_at_ GUARDED_BY(mutex_) = kMinTime;
  Timestamp renew_at_ GUARDED_BY(mutex_) = kMinTime;
  Status failure_ GUARDED_BY(mutex_);  // of the last attempt
};

// When to ask again for credentials that were found at `now`: five minutes before they expire, or half way
// for such as last less than ten. Without an expiry: the next time; whoever replaces them tells nobody.
Timestamp RenewalOf(const Credentials& credentials, Timestamp now);

}  // namespace sluice::aws
