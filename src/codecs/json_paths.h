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
    uint64_t seen_in = 0;  // the reading that had it last
    size_t next = 0;       // the slot that followed it last
    // The first sixteen bytes of `name"`, and which of the sixteen these are.
    uint64_t head[2] = {0, 0};
    uint64_t mask[2] = {0, 0};
  };
  struct Node {
    std::vector<Slot> slots;
    std::unordered_map<std::string_view, size_t> by_name;
    size_t first = 0;  // the slot that came first last time

    // `*expected` is where the place of the next guess is kept; it moves on when the key is found.
    Slot* Guess(const char* raw_key, size_t** expected) {
      if (**expected >= slots.size()) return nullptr;
      Slot& slot = slots[**expected];
      uint64_t head[2];
      std::memcpy(head, raw_key, sizeof head);  // within simdjson's padding
      if ((((head[0] & slot.mask[0]) ^ slot.head[0]) | ((head[1] & slot.mask[1]) ^ slot.head[1])) != 0)
        return nullptr;
      if (slot.name.size() >= sizeof head &&
          (std::strncmp(raw_key, slot.name.data(), slot.name.size()) != 0 ||
           raw_key[slot.name.size()] != '"')) {
        return nullptr;
      }
      *expected = &slot.next;
      return &slot;
    }
    Slot* Find(std::string_view name, size_t** expected) {
      const auto found = by_name.find(name);
      if (found == by_name.end()) return nullptr;
      **expected = found->second;
      *expected = &slots[found->second].next;
      return &slots[found->second];
    }
  };

  explicit JsonPaths(const FieldPlan& plan);
  Node& root() { return root_; }

 private:
  Slot& Ensure(Node& node, std::string_view name);
  void Index(Node& node);
  Node root_;
};

}  // namespace sluice
