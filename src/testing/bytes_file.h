// BytesFile: a file of given bytes, in memory. Included by tests only.
#pragma once

#include <algorithm>
#include <string>

#include "platform/files.h"

namespace sluice {

class BytesFile : public ReadableFile {
 public:
  explicit BytesFile(std::string bytes) : bytes_(std::move(bytes)) {}
  Status ReadAt(int64_t offset, size_t n, std::string* out) override {
    *out = bytes_.substr(std::min(static_cast<size_t>(offset), bytes_.size()), n);
    return {};
  }
  Result<FileInfo> Info() override { return FileInfo{.size = static_cast<int64_t>(bytes_.size())}; }

 private:
  const std::string bytes_;
};

}  // namespace sluice
