// Options declared once. A component describes the options of its spec in a table; parsing, validation,
// defaults, the reference and the JSON schema all come from it:
//
//   OptionSet SimulatorOptions() {
//     return OptionTable<SimulatorSpec>()
//         .Add("rate", &SimulatorSpec::rate, "readings a second, over all devices", {.above = 0})
//         .AddChoice("mode", &SimulatorSpec::mode, {{"fast", Mode::fast}, {"slow", Mode::slow}}, "how it
//         runs") .AddPath("path", &SimulatorSpec::path, "where it writes").Required() .AddTable("faults",
//         &SimulatorSpec::faults, FaultOptions(), "what goes wrong, and how often") .AddCustom("values",
//         "table of generators", &ReadGenerators, "a generator for each field") .Check(&CheckSimulator);
//   }
//
// The default of an option is its value in a default-constructed spec (an empty optional: unset). Members may
// be bool, int, int64_t, double, std::string, Secret, Duration, ByteSize, Timestamp,
// std::vector<std::string>, std::map<std::string, std::string>, or std::optional of those. A spec must be
// copyable. Values; built at start.
#pragma once

#include <any>
#include <functional>
#include <type_traits>

#include "config/option_values.h"

namespace sluice {

class OptionSet;

// A table inside an option, for the reference and the schema: "walk" and its options.
struct NestedOptions;

struct Option {
  using Read = std::function<void(const Node& value, std::any& spec, OptionContext& context)>;
  using Show = std::function<std::optional<std::string>(const std::any& spec)>;

  std::string name;
  OptionType type = OptionType::text;
  std::string type_name;  // for people; "" for that of `type`
  std::string sentence;
  std::string min, max, above;     // bounds as written, or ""; `above`: greater than
  std::vector<std::string> words;  // of OptionType::word
  std::vector<NestedOptions> nested;
  bool required = false;
  Read read;  // reports what is wrong and leaves the spec as it was then
  Show show;  // the value in a spec, as written; nothing when it is unset or has no short form
};

// Errors that are found after all options of a table were read, put at the place of the option at fault.
class Faults {
 public:
  Faults(const Node& table, Place header, OptionContext& context)
      : table_(table), header_(header), context_(context) {}
  // `option` may descend with dots: "values.temperature". Without such a key the error stands at the table's
  // header. Silent when that option was found faulty before.
  void Add(std::string_view option, std::string message, std::string hint = "");
  // Whether the option was found faulty before: its value is the default, which says nothing of the file.
  bool Faulty(std::string_view option) const;

 private:
  bool Reported(const Node::Entry& entry) const;

  const Node& table_;
  Place header_;
  OptionContext& context_;
};

// The options of one table of the pipeline file, whatever the type of its spec.
class OptionSet {
 public:
  using CheckFunction = std::function<void(const std::any& spec, Faults& faults)>;

  OptionSet();
  OptionSet(std::any defaults, std::vector<Option> options, std::vector<CheckFunction> checks);

  const std::vector<Option>& options() const { return options_; }
  const std::any& defaults() const { return defaults_; }
  // `<option>_file` of a secret counts as known.
  bool Knows(std::string_view key) const;
  std::vector<std::string> Keys() const;
  // The default of an option as written, or nothing when it is unset.
  std::optional<std::string> DefaultOf(const Option& option) const;

  // The spec that the table describes: the defaults where it says nothing, or something wrong, which is
  // reported. `header` is the place for what is missing.
  std::any Read(const Node& table, Place header, OptionContext& context) const;
  // The same without a look at keys that are not of this set: the caller sees to them with ReportUnknownKeys.
  std::any ReadKnown(const Node& table, Place header, OptionContext& context) const;

 private:
  void ReadSecretFile(const Option& option, const Node& table, std::any& spec, OptionContext& context) const;

  std::any defaults_;
  std::vector<Option> options_;
  std::vector<CheckFunction> checks_;
};

struct NestedOptions {
  std::string label;
  OptionSet options;
};

// An error with a suggestion for each key of the table that is not in `known`.
void ReportUnknownKeys(const Node& table, const std::vector<std::string>& known, OptionContext& context);

template <class T>
struct Bounds {
  std::optional<T> min;    // at least
  std::optional<T> max;    // at most
  std::optional<T> above;  // greater than
};

template <class E>
struct Choice {
  std::string word;
  E value;
};

namespace options_detail {
template <class T>
struct Unwrapped {
  using Type = T;
};
template <class T>
struct Unwrapped<std::optional<T>> {
  using Type = T;
};
template <class T>
using UnwrappedType = typename Unwrapped<T>::Type;

// The value in a member that may be optional, or nullptr.
template <class T>
const T* ValueIn(const T& member) {
  return &member;
}
template <class T>
const T* ValueIn(const std::optional<T>& member) {
  return member ? &*member : nullptr;
}

// True when within; otherwise the error is reported.
bool WithinBounds(const Option& option, bool low, bool high, bool not_above, const std::string& shown,
                  Place place, OptionContext& context);
bool ReadChoice(const Option& option, const Node& node, size_t* index, OptionContext& context);
}  // namespace options_detail

template <class Spec>
class OptionTable {
 public:
  template <class T>
  using BoundsOf = std::type_identity_t<Bounds<options_detail::UnwrappedType<T>>>;

  template <class T>
  OptionTable& Add(std::string name, T Spec::*member, std::string sentence, BoundsOf<T> bounds = {});
  // A path; relative ones are resolved against the folder of the pipeline file.
  template <class T>
  OptionTable& AddPath(std::string name, T Spec::*member, std::string sentence);
  // One of a few words. E: an enum, or whatever type the words stand for; the member may be optional.
  template <class T>
  OptionTable& AddChoice(std::string name, T Spec::*member,
                         std::vector<Choice<std::type_identity_t<options_detail::UnwrappedType<T>>>> choices,
                         std::string sentence);
  // A table with options of its own. The member may be optional: set when the table is there.
  template <class T>
  OptionTable& AddTable(std::string name, T Spec::*member, OptionSet options, std::string sentence);
  // Anything else. `read` reports its own errors through the context, at the places of the nodes it looks at,
  // and must skip nodes that are `unset`. `nested` is what the reference says of its inside.
  OptionTable& AddCustom(std::string name, std::string type_name,
                         std::function<void(const Node& value, Spec& spec, OptionContext& context)> read,
                         std::string sentence, std::vector<NestedOptions> nested = {});

  // The option added last must be given.
  OptionTable& Required() {
    options_.back().required = true;
    return *this;
  }
  // The option added last is described by these words as its type.
  OptionTable& TypeName(std::string name) {
    options_.back().type_name = std::move(name);
    return *this;
  }
  // A rule over several options; runs after all were read, also after errors.
  OptionTable& Check(std::function<void(const Spec& spec, Faults& faults)> check);

  operator OptionSet() const {
    return OptionSet(Spec{}, options_, checks_);
  }  // NOLINT: so that a table is returned as a set

 private:
  OptionTable& Push(Option option) {
    options_.push_back(std::move(option));
    return *this;
  }
  template <class T>
  static Option::Show ShowMember(T Spec::*member);

  std::vector<Option> options_;
  std::vector<OptionSet::CheckFunction> checks_;
};

}  // namespace sluice

#include "config/options_inl.h"
