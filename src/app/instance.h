// InstanceName: what a process is called towards a cluster when nobody named it: as the host, and with a
// number where several processes of the role run on it ("plant-7", "plant-7-2"), of whichever pipeline: two
// folders may hold the same one. The name is free again when the process ends, however it ends, so that who
// is started in its place is called the same and keeps its share. Owned by the command; one thread. Where no
// file can be locked it is the host's name.
#pragma once

#include <string>

namespace sluice {

class InstanceName {
 public:
  // `directory`: of the lock files; empty: the system's for temporary ones.
  explicit InstanceName(const std::string& role, std::string directory = "");
  ~InstanceName();
  InstanceName(const InstanceName&) = delete;
  InstanceName& operator=(const InstanceName&) = delete;

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int fd_ = -1;  // locked
};

}  // namespace sluice
