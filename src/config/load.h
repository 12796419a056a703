// Loading a pipeline file: TOML → validated PipelineSpec, or every error of the file at once, each at its
// place with a hint. A syntax error is reported alone, where TOML stops. Reads the file and the secret files
// it names; changes nothing. `sluice check` is a call of this. Any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/options.h"
#include "config/pipeline.h"
#include "platform/files.h"

namespace sluice {

// One kind of a component, as components.cc lists it.
struct ComponentKind {
  // Rules that need the stream (a generator for a field that it does not have). For sources; may be empty.
  using StreamCheck =
      std::function<void(const ComponentSpec& source, const StreamSpec& stream, Faults& faults)>;
  // Whether `where` of a summary is a condition over the stream, in the SQL of this store. May be empty.
  using WhereCheck = std::function<Status(const StreamSpec& stream, const std::string& where)>;

  // What only one component of a pipeline can have, and the option that says so. For sources; may be empty.
  struct Claim {
    std::string what;    // "POST /ingest/readings"; "" for nothing
    std::string option;  // "path"
  };
  using ClaimOf = std::function<Claim(const ComponentSpec& source)>;

  std::string name;      // "simulator"
  std::string sentence;  // what it does
  OptionSet options;
  StreamCheck check = nullptr;
  ClaimOf claim = nullptr;
  int default_partitions = 1;        // of a log: what a stream has that does not say
  WhereCheck check_where = nullptr;  // of a store
};

// Everything that this version can be made of; the first log and store are the defaults.
struct ComponentKinds {
  std::vector<ComponentKind> sources;
  std::vector<ComponentKind> logs;
  std::vector<ComponentKind> stores;
  std::vector<std::string> codecs;  // words for `codec`
  // Rules that only the codecs know (a path, a time format). May be empty.
  std::function<void(const StreamSpec& stream, const InputSpec& input, Faults& faults)> check_input = nullptr;
};

struct LoadOutcome {
  PipelineSpec spec;               // to be used only when ok()
  std::vector<Diagnostic> errors;  // sorted by place
  bool ok() const { return errors.empty(); }
};

// No pipeline file is longer.
inline constexpr int64_t kMaxPipelineFile = 1 << 20;

LoadOutcome LoadPipeline(const std::string& path, const Environment& environment, const ComponentKinds& kinds,
                         Files& files);
// The same for text that is at hand; `path` names it in errors and says where relative paths start.
LoadOutcome ParsePipeline(const std::string& text, const std::string& path, const Environment& environment,
                          const ComponentKinds& kinds, Files& files);

// The file as it is understood, defaults included, secrets masked: what a start logs.
std::string ShowPipeline(const PipelineSpec& spec, const ComponentKinds& kinds);

}  // namespace sluice
