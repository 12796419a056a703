#include "sources/file/tracked_file.h"

#include <algorithm>

namespace sluice {
namespace {

// Whether the file still begins with what the state was made from, and is as long as it was read.
Result<bool> SameContent(TrackedFile& file, const FileState& state) {
  if (file.handle == nullptr) return file.prefix == state.prefix;
  SLUICE_ASSIGN(const Prefix now, HashPrefix(*file.handle, state.prefix.length));
  return now == state.prefix && state.offset <= file.reader->total();
}

}  // namespace

int64_t TrackedFile::BytesDone() const {
  if (done && queued == 0) return seen.size;
  if (reader == nullptr || !opened) return 0;
  const int64_t total = reader->total();
  if (total <= 0 || stepped_at <= 0) return 0;
  const double share = static_cast<double>(stepped_at) / static_cast<double>(total);
  return static_cast<int64_t>(static_cast<double>(seen.size) * std::min(1.0, share));
}

Status TrackedFile::BeginContent() {
  if (handle != nullptr) {
    SLUICE_ASSIGN(prefix, HashPrefix(*handle));
  }
  SLUICE_TRY(reader->Restore({}));
  stepped_at = 0;
  skip = 0;
  anchor.reset();
  more = true;
  done = false;
  return {};
}

Status ClaimFile(TrackedFile& file, Intake& intake) {
  SLUICE_ASSIGN(const OriginState origin, intake.Claim(file.origin));
  file.epoch = origin.epoch;
  file.position = origin.next;
  const std::optional<FileState> state = ParseFileState(origin.answer);
  if (!state) return file.BeginContent();
  file.round = state->round;
  SLUICE_ASSIGN(const bool same, SameContent(file, *state));
  if (!same) return file.BeginContent();
  if (file.handle != nullptr) {
    SLUICE_ASSIGN(file.prefix, HashPrefix(*file.handle));
  }
  SLUICE_TRY(file.reader->Restore({state->offset, state->decoder, state->ended}));
  file.stepped_at = state->offset + state->skip;
  file.skip = state->skip;
  file.anchor = state->anchor;
  file.more = true;
  return {};
}

}  // namespace sluice
