#include "log/embedded/wal_scan.h"

#include <string>

#include "log/embedded/crc32c.h"
#include "log/embedded/wire.h"

namespace sluice::embedded {
namespace {

constexpr size_t kBlockBytes = 32 << 10;
constexpr size_t kFragmentHeader = 7;

enum Type : uint8_t { none = 0, whole = 1, first = 2, middle = 3, last = 4 };

struct Fragment {
  uint8_t type = none;
  std::string_view payload;
};

// The fragment at the front of what is left of a block; nothing when it is damaged.
std::optional<Fragment> TakeFragment(std::string_view& block) {
  WireReader in(block);
  const auto crc = in.Get<uint32_t>();
  const auto length = in.Get<uint16_t>();
  const auto type = in.Get<uint8_t>();
  if (!in.ok() || block.size() < kFragmentHeader + length || type > last) return std::nullopt;
  if (type == none) return length == 0 && crc == 0 ? std::optional(Fragment()) : std::nullopt;
  if (MaskedCrc32c(block.substr(6, size_t{1} + length)) != crc) return std::nullopt;
  const Fragment fragment{type, block.substr(kFragmentHeader, length)};
  block.remove_prefix(kFragmentHeader + length);
  return fragment;
}

// Puts fragments together; what does not fit together is passed over.
class Assembly {
 public:
  explicit Assembly(const std::function<Status(std::string_view)>& visit) : visit_(visit) {}

  Status Add(const Fragment& fragment) {
    const bool begins = fragment.type == whole || fragment.type == first;
    if (begins == open_) ++scan_.damaged;
    if (!begins && !open_) return {};
    if (begins) record_.clear();
    record_.append(fragment.payload);
    open_ = fragment.type == first || fragment.type == middle;
    if (open_) return {};
    ++scan_.records;
    return visit_(record_);
  }
  void Damaged() {
    ++scan_.damaged;
    open_ = false;
  }
  WalScan Finish() {
    if (open_) ++scan_.damaged;
    return scan_;
  }

 private:
  const std::function<Status(std::string_view)>& visit_;
  std::string record_;
  bool open_ = false;  // a record has begun and not ended
  WalScan scan_;
};

}  // namespace

Result<WalScan> ForEachWalRecord(std::string_view file,
                                 const std::function<Status(std::string_view)>& visit) {
  Assembly assembly(visit);
  for (; !file.empty(); file.remove_prefix(std::min(kBlockBytes, file.size()))) {
    std::string_view block = file.substr(0, kBlockBytes);
    while (block.size() >= kFragmentHeader) {
      const auto fragment = TakeFragment(block);
      if (!fragment) assembly.Damaged();
      if (!fragment || fragment->type == none) break;
      SLUICE_TRY(assembly.Add(*fragment));
    }
  }
  return assembly.Finish();
}

}  // namespace sluice::embedded
