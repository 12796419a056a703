#include "codecs/json_paths.h"

#include <algorithm>

namespace sluice {
namespace {

bool NeedsEscapes(std::string_view name) {
  return std::any_of(name.begin(), name.end(),
                     [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; });
}

}  // namespace

JsonPaths::JsonPaths(const FieldPlan& plan) {
  const auto& fields = plan.stream().fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (plan.IsConstant(i)) {
      Ensure(root_, fields[i].name);
      continue;
    }
    std::string_view path = plan.Path(i);
    Node* node = &root_;
    while (plan.IsMapped(i)) {
      const size_t dot = path.find('.');
      if (dot == std::string_view::npos) break;
      Slot& slot = Ensure(*node, path.substr(0, dot));
      if (!slot.inner) slot.inner = std::make_unique<Node>();
      node = slot.inner.get();
      path.remove_prefix(dot + 1);
    }
    Ensure(*node, path).fields.push_back(static_cast<int>(i));
  }
  Index(root_);
}

JsonPaths::Slot& JsonPaths::Ensure(Node& node, std::string_view name) {
  for (Slot& slot : node.slots) {
    if (slot.name == name) return slot;
  }
  node.slots.push_back({.name = std::string(name)});
  return node.slots.back();
}

void JsonPaths::Index(Node& node) {
  Slot** before = &node.first;
  for (Slot& slot : node.slots) {
    node.by_name.emplace(slot.name, &slot);
    *before = &slot;
    before = &slot.next;
    if (slot.inner) Index(*slot.inner);
    if (slot.fields.size() == 1 && !slot.inner) slot.only_field = slot.fields.front();
    if (NeedsEscapes(slot.name)) {
      slot.head[0] = 1;
      continue;
    }
    const std::string quoted = (slot.name + '"').substr(0, sizeof slot.head);
    const std::string ones(quoted.size(), '\xff');
    std::memcpy(slot.head, quoted.data(), quoted.size());
    std::memcpy(slot.mask, ones.data(), ones.size());
  }
}

}  // namespace sluice
