// [server] and the settings at the head of a pipeline file: their options. Used by config/load.cc and the
// reference.
#pragma once

#include <string_view>

#include "config/options.h"
#include "config/pipeline.h"

namespace sluice {

OptionSet ServerOptions();
// data_dir, memory: into a PipelineSettings.
struct PipelineSettings {
  std::string data_dir = "./sluice-data";
  ByteSize memory = MiB(512);
};
OptionSet SettingOptions();

// host:port or [host]:port.
struct ListenAddress {
  std::string host;
  int port = 0;
  // Nobody outside of this machine reaches it.
  bool IsLoopback() const;
};
Result<ListenAddress> ParseListen(std::string_view text);

}  // namespace sluice
