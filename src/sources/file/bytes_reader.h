// BytesReader: chunks of a file or pipe through a Decoder. Holds a window of bytes that grows only as far as
// one reading may be long, whatever the line lengths of the input. One thread.
#pragma once

#include "codecs/codec.h"
#include "sources/file/byte_input.h"
#include "sources/file/file_reader.h"

namespace sluice {

class BytesReader : public FileReader {
 public:
  // `max_entries` of a chunk. `stream` outlives the reader.
  BytesReader(std::unique_ptr<ByteInput> input, std::unique_ptr<Decoder> decoder, const StreamSpec& stream,
              int64_t max_reading, int64_t max_entries);

  Status Restore(const ResumePoint& point) override;
  Result<std::optional<Chunk>> Next(bool final) override;
  int64_t at() const override { return window_at_ + static_cast<int64_t>(window_.size()); }
  int64_t total() override { return input_->Size(); }
  bool AtEnd() const override { return at_end_; }

  static constexpr size_t kPiece = 256 << 10;  // bytes read at once

 private:
  Result<bool> DecodeOnce(bool final);
  Status ReadMore();
  std::optional<Chunk> Take(bool final);
  std::string_view Unread() const { return std::string_view(window_).substr(used_); }

  const std::unique_ptr<ByteInput> input_;
  const std::unique_ptr<Decoder> decoder_;
  const size_t max_window_;
  BatchBuilder builder_;

  std::string window_;
  size_t used_ = 0;          // of the window, by the decoder
  int64_t window_at_ = 0;    // place of the window's first byte
  bool at_end_ = false;      // the input had no more when it was read last
  bool said_final_ = false;  // the decoder has been told that nothing follows
  ResumePoint begin_;        // of the next chunk
};

}  // namespace sluice
