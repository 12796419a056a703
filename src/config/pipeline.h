// PipelineSpec: a pipeline file as the rest of the program sees it, checked and with every default filled in.
// Made by config/load.h; the app builds components from it. Values; immutable once loaded.
#pragma once

#include <any>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "core/bytes.h"
#include "core/schema.h"
#include "core/summary.h"

namespace sluice {

// What every source says of its input. Plain words: the codecs make a DecodeSpec of it.
struct InputSpec {
  std::string stream;
  std::string codec;                       // "": by content type or file ending, otherwise json
  std::map<std::string, std::string> map;  // field → path in the input
  std::map<std::string, std::string> set;  // field → constant
  std::string time_format;
  std::string time_zone = "UTC";
};

// A named section of the file with the spec that its kind's options describe.
struct ComponentSpec {
  std::string section;  // "source", "log", "store"
  std::string name;     // "devices"; "" for a section that is there once
  std::string kind;     // "simulator"
  Place place;          // of its header; 0:0 when the file does not mention it
  InputSpec input;      // of a source
  std::any options;     // of the type that the kind's OptionTable was made for

  template <class Spec>
  const Spec& As() const {
    return std::any_cast<const Spec&>(options);
  }
  // "source.devices", "log": as it is called in logs, metrics and `--only`.
  std::string Title() const { return name.empty() ? section : section + "." + name; }
};

struct ServerSpec {
  std::string listen = "127.0.0.1:8080";
  bool insecure = false;
};

struct PipelineSpec {
  std::string file;    // as given
  std::string folder;  // of the file; relative paths in it start here
  std::string data_dir;
  ByteSize memory = MiB(512);
  std::vector<StreamSpec> streams;     // in the order of the file; exactly one is_default
  std::vector<SummarySpec> summaries;  // in the order of the file
  std::vector<ComponentSpec> sources;  // in the order of the file
  ComponentSpec log;
  ComponentSpec store;
  ServerSpec server;

  // By name, or nullptr.
  const StreamSpec* Stream(std::string_view name) const;
  const SummarySpec* Summary(std::string_view name) const;
  const ComponentSpec* Source(std::string_view name) const;
  // The stream behind /data/*.
  const StreamSpec& DefaultStream() const;
};

}  // namespace sluice
