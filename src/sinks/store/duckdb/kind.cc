#include "sinks/store/duckdb/kind.h"

#include "sinks/store/duckdb/duckdb_store.h"
#include "sinks/store/duckdb/where.h"

namespace sluice {
namespace {

struct DuckDbSpec {
  std::optional<Duration> retain;
};

OptionSet Options() {
  return OptionTable<DuckDbSpec>().Add(
      "retain", &DuckDbSpec::retain,
      "how long raw readings are kept, since their arrival; unset: for ever. Each summary has its own");
}

Result<std::unique_ptr<Store>> Open(const ComponentSpec& component, const StoreContext& context) {
  DuckDbStoreOptions options{.file = context.directory + "/sluice.duckdb",
                             .in_memory = context.in_memory,
                             .shape = context.shape,
                             .memory = context.memory,
                             .look = context.look,
                             .clock = &context.clock};
  options.shape.retain = component.As<DuckDbSpec>().retain;
  if (context.look && !SystemFiles().Exists(options.file)) {
    return Status::Retry("no data in " + context.directory + ": has the pipeline run?");
  }
  if (!context.in_memory && !context.look) SLUICE_TRY(SystemFiles().MakeDirectories(context.directory));
  return OpenDuckDbStore(std::move(options));
}

}  // namespace

StoreKind DuckDbKind() {
  return {.facts = {.name = "duckdb",
                    .sentence = "a database file on this machine, nothing to install",
                    .options = Options(),
                    .check_where = &CheckWhere},
          .open = &Open};
}

}  // namespace sluice
