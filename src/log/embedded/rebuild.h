// Rebuilding a database that cannot be used as it is: a new one, `rebuilt/`, is made of what is whole in the
// files of the old; when it is complete and durable, `db/` becomes `damaged-N/` and it takes that place. A
// crash on the way leaves the old one as it was, or a complete new one that FinishRebuild puts in place.
// The caller holds the log's lock. One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/status.h"
#include "log/embedded/watched_files.h"

namespace sluice::embedded {

using Say = std::function<void(const std::string&)>;

// `id`: of the log, where another file knows it; empty: unknown. Reject: there is nothing to rebuild from.
// Retry: full disk; the old one is as it was.
Status Rebuild(const std::shared_ptr<WatchedFiles>& files, const std::string& directory,
               const std::string& id, const Say& say);

// Puts a complete rebuilt database in the place of one that was already moved away.
Status FinishRebuild(WatchedFiles& files, const std::string& directory, const Say& say);

}  // namespace sluice::embedded
