#include "sources/file/bytes_reader.h"

#include <fmt/format.h>

namespace sluice {

BytesReader::BytesReader(std::unique_ptr<ByteInput> input, std::unique_ptr<Decoder> decoder,
                         const StreamSpec& stream, int64_t max_reading, int64_t max_entries)
    : input_(std::move(input)),
      decoder_(std::move(decoder)),
      max_window_(2 * static_cast<size_t>(max_reading) + 4 * kPiece),
      builder_(stream, max_entries) {}

Status BytesReader::Restore(const ResumePoint& point) {
  SLUICE_TRY(decoder_->Restore(point.decoder));
  (void)builder_.Finish();
  window_.clear();
  used_ = 0;
  window_at_ = point.at;
  at_end_ = false;
  said_final_ = point.ended;
  begin_ = point;
  // Bytes behind an end that was final belong to readings of their own.
  begin_.ended = false;
  return {};
}

Result<std::optional<Chunk>> BytesReader::Next(bool final) {
  // A file of blank lines makes no chunk for long: other inputs get their turn, too.
  for (int turn = 0; turn < 64 && !builder_.Full(); ++turn) {
    SLUICE_ASSIGN(const bool moved, DecodeOnce(final && at_end_));
    if (moved) continue;
    if (at_end_ && (!final || said_final_)) {
      // What a file has grown by shows only to another read.
      const size_t before = window_.size();
      SLUICE_TRY(ReadMore());
      if (window_.size() == before) break;
      continue;
    }
    SLUICE_TRY(ReadMore());
  }
  return Take(final);
}

// True when the decoder used up something.
Result<bool> BytesReader::DecodeOnce(bool final) {
  if (Unread().empty() && (!final || said_final_)) return false;
  SLUICE_ASSIGN(const size_t used, decoder_->Decode(Unread(), final, builder_));
  used_ += used;
  if (final && Unread().empty() && !builder_.Full()) said_final_ = true;
  return used > 0 || builder_.Full();
}

Status BytesReader::ReadMore() {
  window_.erase(0, used_);
  window_at_ += static_cast<int64_t>(used_);
  used_ = 0;
  if (window_.size() > max_window_) {
    return Status::Reject(fmt::format("no reading ends within {} bytes", window_.size()));
  }
  const size_t before = window_.size();
  SLUICE_TRY(input_->Append(window_at_ + static_cast<int64_t>(before), std::max(kPiece, before), &window_,
                            &at_end_));
  if (window_.size() > before) said_final_ = false;
  return {};
}

std::optional<Chunk> BytesReader::Take(bool final) {
  ResumePoint end;
  // An overlong reading that is passing by is read again from its start.
  end.at = window_at_ + static_cast<int64_t>(used_) - decoder_->Held();
  end.decoder = decoder_->State();
  end.ended = final && said_final_ && Unread().empty();
  if (builder_.Empty()) {
    end.ended = false;
    begin_ = std::move(end);
    return std::nullopt;
  }
  Chunk chunk{.batch = builder_.Finish(), .begin = begin_, .end = end};
  begin_ = std::move(end);
  begin_.ended = false;
  return chunk;
}

}  // namespace sluice
