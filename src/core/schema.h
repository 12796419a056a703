// A stream as the pipeline file declares it: its fields, key, time and what happens to unusual readings.
// Everything behind the codec (log, jobs, store, API) takes its shape from here. Values; immutable once
// loaded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "core/time.h"

namespace sluice {

enum class FieldType { boolean, integer, number, text, timestamp, json };

// The word of the pipeline file: bool, int, double, string, timestamp, json.
std::string_view FieldTypeName(FieldType type);
std::optional<FieldType> FieldTypeFromName(std::string_view name);
// boolean, int64, float64, utf8, timestamp[us, UTC], utf8.
std::shared_ptr<arrow::DataType> ArrowType(FieldType type);

struct Field {
  std::string name;
  FieldType type = FieldType::text;
  bool required = false;  // key and time always are
  bool operator==(const Field&) const = default;
};

enum class UnknownFields { ignore, keep, reject };
enum class NonFinite { reject, null };

// Columns that every table of a stream has behind its own.
inline constexpr std::string_view kIngestedAt = "ingested_at";  // arrival, timestamp[us, UTC]
inline constexpr std::string_view kPartition = "_partition";    // int32
inline constexpr std::string_view kPosition = "_position";      // int64
// The json column of undeclared fields under `unknown = "keep"`.
inline constexpr std::string_view kExtra = "extra";

struct StreamSpec {
  std::string name;
  std::vector<Field> fields;  // in the order of the file
  std::optional<int> key;     // index into fields
  int time = 0;               // index into fields
  int partitions = 1;
  UnknownFields unknown = UnknownFields::ignore;
  NonFinite non_finite = NonFinite::reject;
  Duration max_future = std::chrono::minutes(5);
  std::vector<int> dedupe;  // indexes into fields; empty: no de-duplication
  Duration dedupe_window = std::chrono::hours(24);
  bool is_default = false;  // the stream behind /data/*

  // Index of the field of that name, or -1.
  int FieldIndex(std::string_view name) const;
  // The declared fields, then `extra` under unknown = "keep": what a codec makes and the log holds.
  std::shared_ptr<arrow::Schema> RowSchema() const;
  // RowSchema, then ingested_at, _partition, _position: what a slice of the log holds and a table stores.
  std::shared_ptr<arrow::Schema> TableSchema() const;
};

}  // namespace sluice
