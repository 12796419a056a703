// The bodies of OptionTable's templates; included by config/options.h only.
#pragma once

#include <any>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "config/options.h"

namespace sluice {

template <class Spec>
template <class T>
Option::Show OptionTable<Spec>::ShowMember(T Spec::*member) {
  return [member](const std::any& spec) -> std::optional<std::string> {
    const auto* value = options_detail::ValueIn(std::any_cast<const Spec&>(spec).*member);
    if (value == nullptr) return std::nullopt;
    return ShowValue(*value);
  };
}

template <class Spec>
template <class T>
OptionTable<Spec>& OptionTable<Spec>::Add(std::string name, T Spec::*member, std::string sentence,
                                          BoundsOf<T> bounds) {
  using Value = options_detail::UnwrappedType<T>;
  Option option{.name = std::move(name), .type = kOptionType<Value>, .sentence = std::move(sentence)};
  if constexpr (requires(Value a, Value b) { a < b; }) {
    if (bounds.min) option.min = ShowValue(*bounds.min);
    if (bounds.max) option.max = ShowValue(*bounds.max);
    if (bounds.above) option.above = ShowValue(*bounds.above);
  }
  option.show = ShowMember(member);
  option.read = [facts = option, member, bounds](const Node& node, std::any& spec, OptionContext& context) {
    Value value{};
    if (!ReadValue(facts.name, node, &value, context)) return;
    if constexpr (requires(Value a, Value b) { a < b; }) {
      const bool low = bounds.min && value < *bounds.min;
      const bool high = bounds.max && *bounds.max < value;
      const bool not_above = bounds.above && !(*bounds.above < value);
      if (!options_detail::WithinBounds(facts, low, high, not_above, ShowValue(value), node.place, context))
        return;
    }
    std::any_cast<Spec&>(spec).*member = std::move(value);
  };
  return Push(std::move(option));
}

template <class Spec>
template <class T>
OptionTable<Spec>& OptionTable<Spec>::AddPath(std::string name, T Spec::*member, std::string sentence) {
  Option option{.name = std::move(name), .type = OptionType::path, .sentence = std::move(sentence)};
  option.show = ShowMember(member);
  option.read = [name = option.name, member](const Node& node, std::any& spec, OptionContext& context) {
    std::string path;
    if (!ReadValue(name, node, &path, context)) return;
    std::any_cast<Spec&>(spec).*member = context.ResolvePath(path);
  };
  return Push(std::move(option));
}

template <class Spec>
template <class T>
OptionTable<Spec>& OptionTable<Spec>::AddChoice(
    std::string name, T Spec::*member,
    std::vector<Choice<std::type_identity_t<options_detail::UnwrappedType<T>>>> choices,
    std::string sentence) {
  Option option{.name = std::move(name), .type = OptionType::word, .sentence = std::move(sentence)};
  for (const auto& choice : choices) option.words.push_back(choice.word);
  option.read = [facts = option, member, choices](const Node& node, std::any& spec, OptionContext& context) {
    size_t index = 0;
    if (options_detail::ReadChoice(facts, node, &index, context)) {
      std::any_cast<Spec&>(spec).*member = choices[index].value;
    }
  };
  option.show = [member, choices](const std::any& spec) -> std::optional<std::string> {
    const auto* value = options_detail::ValueIn(std::any_cast<const Spec&>(spec).*member);
    for (const auto& choice : choices) {
      if (value != nullptr && *value == choice.value) return ShowValue(choice.word);
    }
    return std::nullopt;
  };
  return Push(std::move(option));
}

template <class Spec>
template <class T>
OptionTable<Spec>& OptionTable<Spec>::AddTable(std::string name, T Spec::*member, OptionSet options,
                                               std::string sentence) {
  using Value = options_detail::UnwrappedType<T>;
  Option option{.name = std::move(name), .type = OptionType::table, .sentence = std::move(sentence)};
  option.nested.push_back(NestedOptions{"", options});
  option.show = [](const std::any&) { return std::nullopt; };
  option.read = [member, set = std::move(options)](const Node& node, std::any& spec, OptionContext& context) {
    std::any value = set.Read(node, node.place, context);
    std::any_cast<Spec&>(spec).*member = std::any_cast<Value>(std::move(value));
  };
  return Push(std::move(option));
}

template <class Spec>
OptionTable<Spec>& OptionTable<Spec>::AddCustom(
    std::string name, std::string type_name,
    std::function<void(const Node& value, Spec& spec, OptionContext& context)> read, std::string sentence,
    std::vector<NestedOptions> nested) {
  Option option{.name = std::move(name),
                .type = OptionType::table,
                .type_name = std::move(type_name),
                .sentence = std::move(sentence),
                .nested = std::move(nested)};
  option.show = [](const std::any&) { return std::nullopt; };
  option.read = [read = std::move(read)](const Node& node, std::any& spec, OptionContext& context) {
    read(node, std::any_cast<Spec&>(spec), context);
  };
  return Push(std::move(option));
}

template <class Spec>
OptionTable<Spec>& OptionTable<Spec>::Check(std::function<void(const Spec& spec, Faults& faults)> check) {
  checks_.push_back([check = std::move(check)](const std::any& spec, Faults& faults) {
    check(std::any_cast<const Spec&>(spec), faults);
  });
  return *this;
}

}  // namespace sluice
