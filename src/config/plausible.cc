#include "config/plausible.h"

#include <algorithm>
#include <array>

namespace sluice {
namespace {

constexpr std::array kTypes = {FieldType::text,    FieldType::number,    FieldType::integer,
                               FieldType::boolean, FieldType::timestamp, FieldType::json};

// Every key and every text at any depth: a name among them may be a field's.
void AddNames(const Node& node, std::set<std::string>& names) {
  if (node.kind == Node::Kind::text) names.insert(node.text);
  for (const Node& item : node.items) AddNames(item, names);
  for (const Node::Entry& entry : node.entries) {
    names.insert(entry.key);
    AddNames(entry.value, names);
  }
}

// A time and, if asked for, a key that nobody can have named. What a wrong one made required is not.
StreamSpec WithRoles(StreamSpec stream, bool keyed) {
  for (Field& field : stream.fields) field.required = false;
  stream.time = static_cast<int>(stream.fields.size());
  stream.fields.push_back({.name = "", .type = FieldType::timestamp, .required = true});
  stream.key.reset();
  if (!keyed) return stream;
  stream.key = static_cast<int>(stream.fields.size());
  stream.fields.push_back({.name = "\n", .type = FieldType::text, .required = true});
  return stream;
}

// Those that are there already are left out.
std::vector<Diagnostic> ErrorsOf(const StreamSpec& stream, OptionContext& context,
                                 const std::function<void(const StreamSpec&, OptionContext&)>& check) {
  Findings findings = context.findings;
  OptionContext scratch{findings, context.folder, context.files};
  check(stream, scratch);
  std::vector<Diagnostic> errors = findings.Take();
  Findings known = context.findings;
  const std::vector<Diagnostic> before = known.Take();
  std::erase_if(errors, [&](const Diagnostic& error) {
    return std::find(before.begin(), before.end(), error) != before.end();
  });
  return errors;
}

}  // namespace

std::vector<StreamSpec> PlausibleStreams(const StreamDraft* stream, const Node& user) {
  const bool open = stream == nullptr || !stream->fields_known;
  const bool roles = !open && stream->roles_known;
  if (roles && stream->faulty.empty()) return {stream->spec};
  StreamSpec base = stream == nullptr ? StreamSpec() : stream->spec;
  std::set<std::string> doubtful = stream == nullptr ? std::set<std::string>() : stream->faulty;
  if (open) AddNames(user, doubtful);
  for (const std::string& name : doubtful) {
    if (base.FieldIndex(name) < 0) base.fields.push_back({.name = name});
  }
  std::vector<StreamSpec> plausible;
  for (const FieldType type : kTypes) {
    StreamSpec one = base;
    for (Field& field : one.fields) {
      if (doubtful.contains(field.name)) field.type = type;
    }
    if (roles) plausible.push_back(one);
    if (!roles) plausible.push_back(WithRoles(one, false));
    if (!roles) plausible.push_back(WithRoles(one, true));
  }
  return plausible;
}

void ReportSure(const std::vector<StreamSpec>& streams, OptionContext& context,
                const std::function<void(const StreamSpec&, OptionContext&)>& check) {
  std::vector<Diagnostic> sure = ErrorsOf(streams.front(), context, check);
  for (size_t i = 1; i < streams.size() && !sure.empty(); ++i) {
    const std::vector<Diagnostic> errors = ErrorsOf(streams[i], context, check);
    std::erase_if(sure, [&](const Diagnostic& error) {
      return std::none_of(errors.begin(), errors.end(), [&](const Diagnostic& other) {
        return other.line == error.line && other.col == error.col;
      });
    });
  }
  for (Diagnostic& error : sure) {
    context.Error({error.line, error.col}, std::move(error.message), std::move(error.hint));
  }
}

}  // namespace sluice
