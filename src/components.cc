// THE list: every source, log and store that this program can be made of, a line each. The first log and the
// first store are the defaults. Codecs are listed in codecs/codec.h, stages by the jobs that use them.
#include "app/components.h"

#include "log/embedded/kind.h"
#include "log/kafka/kind.h"
#include "sinks/store/duckdb/kind.h"
#include "sinks/store/postgres/kind.h"
#include "sources/file/kind.h"
#include "sources/http/kind.h"
#include "sources/kafka/kind.h"
#include "sources/simulator/kind.h"

namespace sluice {

const Components& AllComponents() {
  static const Components all = {
      .sources = {SimulatorKind(), FileKind(), HttpKind(), KafkaSourceKind()},
      .logs = {EmbeddedLogKind(), KafkaLogKind()},
      .stores = {DuckDbKind(), PostgresKind()},
  };
  return all;
}

}  // namespace sluice
