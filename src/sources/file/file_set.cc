#include "sources/file/file_set.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "telemetry/events.h"

namespace sluice {
namespace {

// Where problems with the list of names are kept; no file is called so.
const std::string kNames;

}  // namespace

FileSet::FileSet(const FileSourceSpec& spec, const FileSourceParts& parts, Intake& intake)
    : spec_(spec), parts_(parts), intake_(intake) {}

void FileSet::Scan(Timestamp now) {
  if (now < scan_at_) return;
  scan_at_ = now + (spec_.follow ? kPoll : kRetryAfter);
  const bool first = files_.empty();
  if (spec_.path == "-" || spec_.sort_by_time) {
    if (first) {
      problems_.clear();
      const Status opened = spec_.path == "-" ? OpenPipe() : OpenSorted();
      if (!opened.ok()) problems_[spec_.path] = opened;
    }
  } else if (!listed_ || spec_.follow) {
    ScanNames(now);
  }
  if (listed_ && !spec_.follow && problems_.empty()) scan_at_ = kMaxTime;
  for (const auto& file : files_) {
    if (spec_.follow && file->opened && !file->Over()) Look(*file, now);
  }
}

Timestamp FileSet::NextWish(Timestamp now) const {
  Timestamp wish = scan_at_;
  for (const auto& file : files_) {
    if (!file->Over() && file->more) wish = std::min(wish, std::max(now, file->retry_at));
  }
  return wish;
}

void FileSet::ScanNames(Timestamp now) {
  const auto paths = parts_.files.Glob(spec_.path);
  problems_.erase(kNames);
  if (!paths.ok()) {
    problems_[kNames] = paths.status();
    return;
  }
  std::set<uint64_t> present;
  for (const std::string& path : *paths) {
    const auto info = parts_.files.Info(path);
    if (!info.ok()) continue;  // gone between the two calls
    if (const Status checked = CheckIsFile(path, *info); !checked.ok()) {
      if (!IsPattern(spec_.path)) problems_[path] = checked;
      continue;
    }
    if (present.insert(info->inode).second) Track(path, *info);
  }
  if (present.empty() && problems_.empty() && files_.empty() && !(spec_.follow && IsPattern(spec_.path))) {
    problems_[kNames] = Status::Retry("waits for " + spec_.path + ": no such file");
  }
  if (!present.empty()) listed_ = true;
  for (const auto& file : files_) {
    if (file->Over() || file->gone || present.count(file->inode) > 0) continue;
    if (!spec_.follow) continue;
    Event(file->opened ? Level::info : Level::warn, "source." + spec_.name,
          file->opened ? "a file was renamed or removed and is read to its end"
                       : "a file was removed, or renamed to what `path` does not name, before it was read",
          {{"path", file->path}});
    file->gone = file->moved = true;
    file->gone_since = now;
    if (file->opened) continue;
    file->done = true;
    problems_.erase(file->path);
  }
}

Status FileSet::CheckIsFile(const std::string& path, const FileInfo& info) {
  if (info.is_directory) return Status::Reject(fmt::format("{} is a directory; write {}/*", path, path));
  if (info.is_regular) return {};
  return Status::Reject(
      fmt::format("{} is a pipe or a device; `path = \"-\"` reads what is piped into `sluice run`", path));
}

// A file is known by its inode: a new name for it changes nothing but the order.
void FileSet::Track(const std::string& path, const FileInfo& info) {
  for (const auto& file : files_) {
    if (file->inode != info.inode) continue;
    if (file->done && file->gone && file->queued == 0) continue;  // the inode is used again
    if (file->path != path) file->moved = true;
    if (file->gone && !file->done) file->gone = false;
    file->path = path;
    return;
  }
  auto file = std::make_unique<TrackedFile>();
  file->path = path;
  file->inode = info.inode;
  file->seen = info;
  file->origin = OriginOf(info.inode);
  file->more = true;
  files_.push_back(std::move(file));
}

void FileSet::Look(TrackedFile& file, Timestamp now) {
  const auto info = file.handle->Info();
  if (!info.ok()) return;
  const bool changed = info->size != file.seen.size || info->modified != file.seen.modified;
  if (changed) {
    if (const Status looked = LookAtContent(file, *info); !looked.ok()) {
      problems_[file.path] = looked;
      return;
    }
    file.seen = *info;
    file.gone_since = now;
  }
  // The last look at a file without a name lets its last line count as whole.
  if (file.gone && now - file.gone_since >= kGrace) file.more = true;
}

// What happened to an open file since it was looked at: grown, or begun anew under the same inode
// (copytruncate).
Status FileSet::LookAtContent(TrackedFile& file, const FileInfo& now) {
  SLUICE_ASSIGN(const Prefix before, HashPrefix(*file.handle, file.prefix.length));
  if (now.size >= file.reader->at() && before == file.prefix) {
    if (file.prefix.length < kPrefixBytes) {
      SLUICE_ASSIGN(file.prefix, HashPrefix(*file.handle));
    }
    file.more = true;
    return {};
  }
  Event(Level::warn, "source." + spec_.name, "a file was truncated and is read from its start",
        {{"path", file.path}});
  return file.BeginContent();
}

bool FileSet::Readable(const TrackedFile& file, Timestamp now) const {
  return !file.Over() && file.more && now >= file.retry_at;
}

// What was renamed first, then files that were never read to their end in order, then the growing ones in
// turn.
TrackedFile* FileSet::Pick(Timestamp now) {
  for (const auto& file : files_) {
    if (file->moved && Readable(*file, now)) return file.get();
  }
  for (const auto& file : files_) {
    if (!file->caught_up && Readable(*file, now)) return file.get();
  }
  for (size_t i = 1; i <= files_.size(); ++i) {
    const size_t turn = (turn_ + i) % files_.size();
    if (!Readable(*files_[turn], now)) continue;
    turn_ = turn;
    return files_[turn].get();
  }
  return nullptr;
}

std::optional<FileSet::Read> FileSet::Next(Timestamp now) {
  while (TrackedFile* file = Pick(now)) {
    if (auto chunk = ReadChunk(*file, now)) {
      problems_.erase(file->path);
      return Read{file, *std::move(chunk)};
    }
    if (file->more && !file->Over() && now >= file->retry_at) return std::nullopt;  // to be gone on with
  }
  return std::nullopt;
}

std::optional<Chunk> FileSet::ReadChunk(TrackedFile& file, Timestamp now) {
  const bool last_look = file.gone && now - file.gone_since >= kGrace;
  const bool final = !spec_.follow || last_look;
  Status opened = file.opened ? Status() : Open(file);
  auto chunk = opened.ok() ? file.reader->Next(final) : Result<std::optional<Chunk>>(opened);
  if (!chunk.ok()) {
    problems_[file.path] = chunk.status().In(file.path);
    // What could not be opened may be mended; what was read and makes no sense will make none later.
    if (file.opened && chunk.status().code() != Code::retry) file.stopped = true;
    file.retry_at = now + kRetryAfter;
    return std::nullopt;
  }
  problems_.erase(file.path);
  if (*chunk) return *std::move(chunk);
  if (file.reader->AtEnd()) Ended(file, final);
  if (file.origin.empty()) file.retry_at = now + kPipePoll;
  return std::nullopt;
}

void FileSet::Ended(TrackedFile& file, bool final) {
  file.more = false;
  file.caught_up = true;
  if (file.origin.empty()) {
    file.done = true;
    return;
  }
  if (!final) return;
  file.done = true;
  if (spec_.follow) {
    Event(Level::info, "source." + spec_.name, "a file without a name was read to its end",
          {{"path", file.path}});
    file.reader.reset();
    file.handle.reset();
  }
}

bool FileSet::AllDone() const {
  if (files_.empty() || !problems_.empty() || spec_.follow) return false;
  for (const auto& file : files_) {
    if (!file->done) return false;
  }
  return true;
}

bool FileSet::OnlyRefusedLeft() const {
  if (spec_.follow || problems_.empty()) return false;
  for (const auto& [path, problem] : problems_) {
    if (problem.code() == Code::retry) return false;
  }
  return std::all_of(files_.begin(), files_.end(),
                     [&](const auto& file) { return file->Over() || problems_.count(file->path) > 0; });
}

Status FileSet::Repeat() {
  ++round_;
  for (const auto& file : files_) {
    file->round = round_;
    SLUICE_TRY(file->BeginContent());
    file->caught_up = false;
  }
  return {};
}

void FileSet::Stop(TrackedFile& file, Status why) {
  file.stopped = true;
  problems_[file.path] = why.In(file.path);
}

Status FileSet::Problem() const {
  if (problems_.empty()) return {};
  const Status& first = problems_.begin()->second;
  if (problems_.size() == 1) return first;
  return {first.code(), fmt::format("{} (and {} more)", first.message(), problems_.size() - 1)};
}

}  // namespace sluice
