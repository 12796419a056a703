// Records: how readings and dead entries stand in a topic (docs/formats/kafka.md). A reading is a JSON object
// with the stream's field names, keyed by the text of the stream's key; a dead entry is the bytes that could
// not be read, with its reason in headers, in a topic of its own. Pure; nothing here knows librdkafka.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codecs/batch_builder.h"
#include "codecs/json_object.h"
#include "codecs/json_rows.h"
#include "core/batch.h"
#include "core/schema.h"
#include "core/status.h"

namespace sluice::kafka {

// Headers of our records.
inline constexpr const char* kLogHeader = "sluice-log";        // identity of the log that wrote it
inline constexpr const char* kSchemaHeader = "sluice-schema";  // SchemaName of the writer's stream

// Eight hex digits for the fields and types of a stream.
std::string SchemaName(const StreamSpec& stream);

// What a batch becomes, in its order; keys and values lie in `bytes`.
struct Records {
  struct Piece {
    PartitionId partition = 0;
    bool has_key = false;
    size_t key = 0;  // where the key begins; the value follows it
    size_t value = 0;
    size_t end = 0;
  };
  std::string bytes;
  std::vector<Piece> pieces;
  std::vector<DeadEntry> dead;  // of the batch, and readings larger than `max_bytes`

  std::string_view Key(const Piece& piece) const {
    return std::string_view(bytes).substr(piece.key, piece.value - piece.key);
  }
  std::string_view Value(const Piece& piece) const {
    return std::string_view(bytes).substr(piece.value, piece.end - piece.value);
  }
};

class RecordWriter {
 public:
  explicit RecordWriter(const StreamSpec& stream);
  // A reading whose record would be larger than `max_bytes` becomes a dead entry that says so.
  Records Write(Batch batch, int64_t max_bytes) const;

 private:
  void AppendValue(const arrow::RecordBatch& rows, int64_t row, std::string& out) const;

  const StreamSpec stream_;
  const JsonRowWriter declared_;
};

class RecordReader {
 public:
  // `required`: hold readings to the stream's required fields; our own old ones may lack a field that was
  // added since.
  static Result<std::unique_ptr<RecordReader>> Make(const StreamSpec& stream, bool required);

  // The reading is in the builder, or the answer says why not and nothing of it is. A builder of Spec().
  std::optional<std::string> Read(std::string_view value, BatchBuilder& out);
  const StreamSpec& Spec() const { return spec_; }

 private:
  explicit RecordReader(StreamSpec spec) : spec_(std::move(spec)) {}
  const StreamSpec spec_;
  std::unique_ptr<FieldPlan> plan_;
  std::unique_ptr<JsonObjectReader> reader_;
};

using Headers = std::vector<std::pair<std::string, std::string>>;
Headers HeadersOf(const DeadEntry& dead);
// A record of the dead topic; what somebody else put there is a dead entry too.
DeadEntry DeadFrom(const std::map<std::string, std::string>& headers, std::string_view value, Position at);

}  // namespace sluice::kafka
