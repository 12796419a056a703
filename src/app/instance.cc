#include "app/instance.h"

#include <array>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/hash.h"

namespace sluice {
namespace {

constexpr int kMost = 1'000;

std::string HostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "sluice";
}

}  // namespace

InstanceName::InstanceName(const std::string& role, std::string directory) : text_(HostName()) {
  std::error_code none;
  if (directory.empty()) directory = std::filesystem::temp_directory_path(none).string();
  if (none) return;
  const std::string what = Sha256Hex(role).substr(0, 16);  // a role may be a list of components
  for (int number = 1; number <= kMost; ++number) {
    const std::string path = fmt::format("{}/sluice-{}-{}-{}", directory, ::getuid(), what, number);
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
      fd_ = fd;
      if (number > 1) text_ += fmt::format("-{}", number);
      return;
    }
    ::close(fd);
  }
}

InstanceName::~InstanceName() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace sluice
