// JsonPaths: the paths of a stream's fields as a tree of keys, and the cheap way to find a key in it: the key
// that followed last time is tried first, a hash only when that fails. Built from a FieldPlan, owned by a
// JsonObjectReader.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codecs/field_plan.h"

namespace sluice {

class JsonPaths {
 public:
  struct Node;
  // A key that means something: fields that take its value, keys within it, or (neither) a constant that
  // hides it.
  struct Slot {
    std::string name;
    std::vector<int> fields;
    std::unique_ptr<Node> inner;
    int only_field = -1;   // when the key means just one field
    uint64_t seen_in = 0;  // the reading that had it last
    Slot* next = nullptr;  // the slot that followed it last
    // The first sixteen bytes of `name"`, and which of the sixteen these are. No bytes fit a name that cannot
    // stand in the input as it is.
    uint64_t head[2] = {0, 0};
    uint64_t mask[2] = {0, 0};
  };
  struct Node {
    std::vector<Slot> slots;
    std::unordered_map<std::string_view, Slot*> by_name;
    Slot* first = nullptr;  // the slot that came first last time

    // `*expected` is where the next guess is kept; it moves on when the key is found.
    static Slot* Guess(const char* raw_key, Slot*** expected) {
      Slot* const slot = **expected;
      if (slot == nullptr) return nullptr;
      uint64_t head[2];
      std::memcpy(head, raw_key, sizeof head);  // within simdjson's padding
      if ((((head[0] & slot->mask[0]) ^ slot->head[0]) | ((head[1] & slot->mask[1]) ^ slot->head[1])) != 0)
        return nullptr;
      if (slot->name.size() >= sizeof head && !IsLong(raw_key, *slot)) return nullptr;
      *expected = &slot->next;
      return slot;
    }
    Slot* Find(std::string_view name, Slot*** expected) const {
      const auto found = by_name.find(name);
      if (found == by_name.end()) return nullptr;
      Slot* const slot = found->second;
      **expected = slot;
      *expected = &slot->next;
      return slot;
    }
    static bool IsLong(const char* raw_key, const Slot& slot) {
      return std::strncmp(raw_key, slot.name.data(), slot.name.size()) == 0 &&
             raw_key[slot.name.size()] == '"';
    }
  };

  explicit JsonPaths(const FieldPlan& plan);
  JsonPaths(const JsonPaths&) = delete;  // slots point to each other
  Node& root() { return root_; }

 private:
  Slot& Ensure(Node& node, std::string_view name);
  void Index(Node& node);
  Node root_;
};

}  // namespace sluice
