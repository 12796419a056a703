// FieldPlan: what a source's `map`, `set`, `time_format` and `time_zone` mean for the fields of its stream,
// worked out once; and the step from one value of the input to one field of a reading, shared by all codecs.
// Owned by a decoder; one thread at a time. Make rejects a spec that cannot work with the stream, naming the
// option at fault.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codecs/batch_builder.h"
#include "codecs/codec.h"
#include "codecs/decimal.h"
#include "codecs/json_checker.h"
#include "codecs/time_reader.h"
#include "core/schema.h"

namespace sluice {

class FieldPlan {
 public:
  static Result<std::unique_ptr<FieldPlan>> Make(const StreamSpec& stream, const DecodeSpec& spec);

  const StreamSpec& stream() const { return stream_; }
  const TimeReader& times() const { return times_; }
  // Where field `i` is found in the input; "" when it is a constant.
  const std::string& Path(size_t field) const { return paths_[field]; }
  bool IsConstant(size_t field) const { return paths_[field].empty(); }
  FieldType TypeOf(int field) const { return types_[static_cast<size_t>(field)]; }
  // Whether the pipeline file gave the path, whose dots then descend.
  bool IsMapped(size_t field) const { return mapped_[field]; }

  // Each gives one value of the input to a field of the reading under construction. Returns nullptr or the
  // reason why the field does not take it.
  const char* SetNumber(int field, const Decimal& value, BatchBuilder& out) {
    return TypeOf(field) == FieldType::number && IsExact(value) ? out.SetDouble(field, ExactDouble(value))
                                                                : SetUnusual(field, value, out);
  }
  const char* SetText(int field, std::string_view value, BatchBuilder& out);
  // A text without a type of its own (CSV, constants): turned into what the field wants.
  const char* SetCell(int field, std::string_view cell, BatchBuilder& out);
  const char* SetConstants(BatchBuilder& out);

 private:
  struct Constant {
    int field;
    std::string value;
  };
  FieldPlan(const StreamSpec& stream, TimeReader times) : stream_(stream), times_(std::move(times)) {
    for (const Field& field : stream_.fields) types_.push_back(field.type);
  }

  Status Resolve(const DecodeSpec& spec);
  const char* SetUnusual(int field, const Decimal& value, BatchBuilder& out);
  const char* Say(int field, std::string_view what);
  const char* SetNumberCell(int field, std::string_view cell, BatchBuilder& out);
  const char* SetTimeCell(int field, std::string_view cell, BatchBuilder& out);

  const StreamSpec stream_;
  const TimeReader times_;
  std::vector<FieldType> types_;  // of the fields
  std::vector<std::string> paths_;
  std::vector<bool> mapped_;
  std::vector<Constant> constants_;
  JsonChecker checker_;
  std::string reason_;
};

}  // namespace sluice
