#include "sources/file/byte_input.h"

#include <cerrno>
#include <cstring>

#include <poll.h>
#include <unistd.h>

namespace sluice {
namespace {

class OfFile : public ByteInput {
 public:
  explicit OfFile(ReadableFile& file) : file_(file) {}

  Status Append(int64_t offset, size_t n, std::string* out, bool* end) override {
    SLUICE_TRY(file_.ReadAt(offset, n, &piece_));
    out->append(piece_);
    *end = piece_.size() < n;
    return {};
  }

  int64_t Size() override {
    const auto info = file_.Info();
    return info.ok() ? info->size : 0;
  }

 private:
  ReadableFile& file_;
  std::string piece_;
};

class OfPipe : public ByteInput {
 public:
  explicit OfPipe(int descriptor) : descriptor_(descriptor) {}

  Status Append(int64_t, size_t n, std::string* out, bool* end) override {
    *end = false;
    struct pollfd ready = {.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, 0) <= 0 || (ready.revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) == 0)
      return {};
    const size_t before = out->size();
    out->resize(before + n);
    const ssize_t got = ::read(descriptor_, out->data() + before, n);
    out->resize(before + (got > 0 ? static_cast<size_t>(got) : 0));
    if (got == 0) *end = true;
    if (got < 0 && errno != EINTR && errno != EAGAIN) {
      return Status::Reject(std::string("read standard input: ") + std::strerror(errno));
    }
    return {};
  }

  int64_t Size() override { return 0; }

 private:
  const int descriptor_;
};

}  // namespace

std::unique_ptr<ByteInput> FileInput(ReadableFile& file) { return std::make_unique<OfFile>(file); }
std::unique_ptr<ByteInput> PipeInput(int descriptor) { return std::make_unique<OfPipe>(descriptor); }

}  // namespace sluice
