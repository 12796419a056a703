#include "config/toml.h"

#define TOML_EXCEPTIONS 0
#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace sluice {
namespace {

Place PlaceOf(const toml::source_position& position) {
  return {static_cast<int>(position.line), static_cast<int>(position.column)};
}

class Converter {
 public:
  Converter(const Environment& environment, Findings& findings)
      : environment_(environment), findings_(findings) {}

  Node Convert(const toml::node& from) {
    Node node{.place = PlaceOf(from.source().begin)};
    switch (from.type()) {
      case toml::node_type::table:
        ConvertTable(*from.as_table(), node);
        break;
      case toml::node_type::array:
        ConvertArray(*from.as_array(), node);
        break;
      case toml::node_type::string:
        ConvertText(from.as_string()->get(), node);
        break;
      case toml::node_type::boolean:
        Scalar(Node::Kind::boolean, from.as_boolean()->get() ? "true" : "false", node);
        break;
      case toml::node_type::integer:
        Scalar(Node::Kind::integer, fmt::format("{}", from.as_integer()->get()), node);
        break;
      case toml::node_type::floating_point:
        Scalar(Node::Kind::number, fmt::format("{}", from.as_floating_point()->get()), node);
        break;
      case toml::node_type::date:
        Scalar(Node::Kind::time, Written(from.as_date()->get()), node);
        break;
      case toml::node_type::time:
        Scalar(Node::Kind::time, Written(from.as_time()->get()), node);
        break;
      default:
        Scalar(Node::Kind::time, Written(from.as_date_time()->get()), node);
        break;
    }
    return node;
  }

 private:
  static void Scalar(Node::Kind kind, std::string text, Node& node) {
    node.kind = kind;
    node.text = std::move(text);
  }

  template <class T>
  static std::string Written(const T& value) {
    std::ostringstream out;
    out << value;
    return out.str();
  }

  void ConvertTable(const toml::table& from, Node& node) {
    node.kind = Node::Kind::table;
    for (const auto& [key, value] : from) {
      node.entries.push_back({std::string(key.str()), PlaceOf(key.source().begin), Convert(value)});
    }
    std::stable_sort(node.entries.begin(), node.entries.end(),
                     [](const Node::Entry& a, const Node::Entry& b) { return a.place < b.place; });
  }

  void ConvertArray(const toml::array& from, Node& node) {
    node.kind = Node::Kind::array;
    for (const toml::node& item : from) node.items.push_back(Convert(item));
  }

  void ConvertText(const std::string& from, Node& node) {
    node.kind = Node::Kind::text;
    Expanded expanded = ExpandVariables(from, environment_);
    node.text = std::move(expanded.text);
    node.unset = !expanded.faults.empty();
    for (auto& fault : expanded.faults) {
      findings_.Error(node.place, std::move(fault.message), std::move(fault.hint));
    }
    if (node.text.find('\0') != std::string::npos) {
      node.unset = true;
      findings_.Error(node.place, "a string must not contain a NUL character");
    }
  }

  const Environment& environment_;
  Findings& findings_;
};

}  // namespace

std::optional<Node> ReadToml(std::string_view text, const Environment& environment, Findings& findings) {
  if (const auto excess = FindTomlExcess(text)) {
    findings.Error(excess->place, std::string(excess->reason),
                   "no pipeline file needs that: is a bracket missing?");
    return std::nullopt;
  }
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    findings.Error(PlaceOf(result.error().source().begin), std::string(result.error().description()),
                   "this is not TOML: further errors show once it is");
    return std::nullopt;
  }
  return Converter(environment, findings).Convert(result.table());
}

}  // namespace sluice
