#include "config/load.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "config/names.h"
#include "config/plausible.h"
#include "config/server.h"
#include "config/sources.h"
#include "config/streams.h"
#include "config/summaries.h"
#include "config/toml.h"
#include "core/ascii.h"

namespace sluice {
namespace {

const std::vector<std::string>& Sections() {
  static const std::vector<std::string> sections = {"stream", "source", "summary", "log", "store", "server"};
  return sections;
}

// One load: sections are read in an order in which each finds what it refers to.
class Loader {
 public:
  Loader(const Node& root, const ComponentKinds& kinds, OptionContext& context, PipelineSpec& spec)
      : root_(root), kinds_(kinds), context_(context), spec_(spec) {}

  void Run() {
    ReadHead();
    ReadSections();
    CheckAllNames();
    const Node::Entry* log = Single("log");
    spec_.log = ReadSingle("log", log, kinds_.logs, context_);
    spec_.store = ReadSingle("store", Single("store"), kinds_.stores, context_);
    if (const Node::Entry* server = Single("server")) {
      spec_.server = std::any_cast<ServerSpec>(ServerOptions().Read(server->value, server->place, context_));
    }
    ReadStreams();
    ReadSummaries();
    ReadSources();
    ChooseDefault();
    RequireStreamAndSource();
  }

 private:
  void ReadHead() {
    const auto settings =
        std::any_cast<PipelineSettings>(SettingOptions().ReadKnown(root_, {1, 1}, context_));
    spec_.data_dir = root_.Find("data_dir") ? settings.data_dir : context_.ResolvePath(settings.data_dir);
    spec_.memory = settings.memory;
  }

  // Sorts the tables of the root into components; a section that is misspelled is reported and read as the
  // one meant.
  void ReadSections() {
    const OptionSet settings = SettingOptions();
    for (const Node::Entry& entry : root_.entries) {
      if (settings.Knows(entry.key)) continue;
      const bool known = std::find(Sections().begin(), Sections().end(), entry.key) != Sections().end();
      const std::string section = known ? entry.key : ReportUnknown(entry, settings.Keys());
      if (section == "stream" || section == "source" || section == "summary") {
        AddComponents(section, entry);
      } else if (!section.empty()) {
        AddSingle(section, entry);
      }
    }
  }

  // Returns the section that was probably meant, or "".
  std::string ReportUnknown(const Node::Entry& entry, std::vector<std::string> settings) {
    const bool table = entry.value.kind == Node::Kind::table || entry.value.kind == Node::Kind::array;
    const std::string meant = Suggest(entry.key, table ? Sections() : settings);
    const std::string question = meant.empty() ? "" : fmt::format(", did you mean `{}`?", meant);
    context_.Error(entry.place,
                   fmt::format("unknown {} `{}`{}", table ? "section" : "key", entry.key, question),
                   table ? fmt::format("this version has {}", JoinWords(Sections()))
                         : fmt::format("before the first section stand {}", JoinWords(settings)));
    return table ? meant : "";
  }

  void AddComponents(const std::string& section, const Node::Entry& entry) {
    if (entry.value.kind != Node::Kind::table) {
      context_.Error(entry.place, fmt::format("`{}` must hold tables with names", section),
                     fmt::format("write [{}.NAME]", section));
      return;
    }
    for (const Node::Entry& component : entry.value.entries) {
      if (component.value.kind == Node::Kind::table) {
        components_[section].push_back(&component);
      } else {
        context_.Error(component.place, fmt::format("`{}.{}` must be a table", section, component.key),
                       fmt::format("write [{}.NAME] above it: every {} has a name", section, section));
      }
    }
  }

  void AddSingle(const std::string& section, const Node::Entry& entry) {
    if (entry.value.kind == Node::Kind::table) {
      components_[section].push_back(&entry);
    } else {
      context_.Error(entry.place, fmt::format("`{}` must be a table", section),
                     fmt::format("write [{}]", section));
    }
  }

  const Node::Entry* Single(const std::string& section) {
    const auto& found = components_[section];
    return found.empty() ? nullptr : found.front();
  }

  void CheckAllNames() {
    std::vector<const Node::Entry*> tables = components_["stream"];
    tables.insert(tables.end(), components_["summary"].begin(), components_["summary"].end());
    std::sort(tables.begin(), tables.end(),
              [](const Node::Entry* a, const Node::Entry* b) { return a->place < b->place; });
    CheckNames(tables, "streams and summaries share their names: both are tables");
    CheckNames(components_["source"], "names tell components apart, without regard to case");
  }

  void CheckNames(const std::vector<const Node::Entry*>& entries, const std::string& why) {
    std::map<std::string, Place> seen;
    for (const Node::Entry* entry : entries) {
      if (auto fault = CheckComponentName(entry->key))
        context_.Error(entry->place, fault->message, fault->hint);
      const auto [before, fresh] = seen.emplace(LowerCase(entry->key), entry->place);
      if (fresh) continue;
      context_.Error(entry->place,
                     fmt::format("the name `{}` is taken by line {}", entry->key, before->second.line), why);
    }
  }

  void ReadStreams() {
    const ComponentKind* log = FindKind(kinds_.logs, spec_.log.kind);
    for (const Node::Entry* entry : components_["stream"]) {
      drafts_.push_back(ReadStream(*entry, log == nullptr ? 1 : log->default_partitions, context_));
    }
  }

  void ReadSummaries() {
    for (const Node::Entry* entry : components_["summary"]) {
      spec_.summaries.push_back(ReadSummary(*entry, context_));
      const SummarySpec& summary = spec_.summaries.back();
      const StreamDraft* stream = FindStream(*entry, summary.stream);
      if (stream == nullptr) continue;
      CheckSummary(summary, entry->value, *stream, context_);
      CheckWhere(summary, *entry, *stream);
    }
  }

  // A condition needs neither key nor time.
  void CheckWhere(const SummarySpec& summary, const Node::Entry& entry, StreamDraft stream) {
    if (summary.where.empty() || !stream.fields_known) return;
    const ComponentKind* store = FindKind(kinds_.stores, spec_.store.kind);
    if (store == nullptr && !kinds_.stores.empty()) store = &kinds_.stores.front();
    if (store == nullptr || !store->check_where) return;
    if (!std::exchange(stream.roles_known, true)) stream.spec.key.reset();
    Status status;
    for (const StreamSpec& plausible : PlausibleStreams(&stream, {})) {
      status = store->check_where(plausible, summary.where);
      if (status.ok()) return;
    }
    context_.Error(entry.value.Find("where")->value.place, "`where`: " + status.message(),
                   "it is an SQL condition over the stream's fields");
  }

  void ReadSources() {
    for (const Node::Entry* entry : components_["source"]) {
      spec_.sources.push_back(ReadSource(*entry, kinds_, context_));
      const ComponentSpec& source = spec_.sources.back();
      const StreamDraft* stream = FindStream(*entry, source.input.stream);
      CheckSource(source, *entry, stream, kinds_, context_);
      CheckClaim(source, *entry, stream != nullptr);
    }
  }

  void CheckClaim(const ComponentSpec& source, const Node::Entry& entry, bool stream_known) {
    const ComponentKind* kind = FindKind(kinds_.sources, source.kind);
    if (kind == nullptr || !kind->claim) return;
    const ComponentKind::Claim claim = kind->claim(source);
    // What is made of the stream's name then says nothing.
    if (!stream_known && entry.value.Find(claim.option) == nullptr) return;
    Faults faults(entry.value, entry.place, context_);
    if (claim.what.empty() || faults.Faulty(claim.option)) return;
    const auto [first, fresh] = claimed_.emplace(claim.what, &entry);
    if (fresh) return;
    faults.Add(claim.option,
               fmt::format("{} is taken by source `{}` (line {})", claim.what, first->second->key,
                           first->second->place.line),
               fmt::format("only one source can have it: give this one another `{}`", claim.option));
  }

  // The stream that a component's `stream` names, or after an error the one that was probably meant, if any.
  const StreamDraft* FindStream(const Node::Entry& entry, const std::string& name) {
    const Node::Entry* key = entry.value.Find("stream");
    if (key == nullptr || key->value.unset || key->value.kind != Node::Kind::text) return nullptr;
    std::vector<std::string> names;
    for (const StreamDraft& draft : drafts_) names.push_back(draft.spec.name);
    if (const StreamDraft* found = DraftOf(name)) return found;
    const std::string meant = Suggest(name, names);
    context_.Error(key->value.place,
                   fmt::format("there is no stream `{}`{}", name,
                               meant.empty() ? "" : fmt::format(", did you mean `{}`?", meant)),
                   names.empty() ? "write [stream." + name + "] with its time and fields"
                                 : "streams are " + JoinWords(names));
    return DraftOf(meant);
  }

  const StreamDraft* DraftOf(const std::string& name) const {
    const auto found = std::find_if(drafts_.begin(), drafts_.end(),
                                    [&](const StreamDraft& draft) { return draft.spec.name == name; });
    return found == drafts_.end() ? nullptr : &*found;
  }

  void ChooseDefault() {
    const StreamDraft* chosen = nullptr;
    for (StreamDraft& draft : drafts_) {
      spec_.streams.push_back(draft.spec);
      if (draft.default_place == Place{}) continue;
      if (chosen == nullptr) {
        spec_.streams.back().is_default = true;
        chosen = &draft;
      } else {
        context_.Error(draft.default_place,
                       fmt::format("stream `{}` is the default already (line {})", chosen->spec.name,
                                   chosen->default_place.line),
                       "one stream stands behind /data/*");
      }
    }
    if (chosen == nullptr && !spec_.streams.empty()) spec_.streams.front().is_default = true;
  }

  // Silent when there was an attempt at one.
  void RequireStreamAndSource() {
    static const std::string kExample =
        "only a stream and a source are required; `sluice init quickstart` writes a file to start from";
    if (!Attempted("stream")) context_.Error({1, 1}, "the file has no [stream.NAME]", kExample);
    if (!Attempted("source")) context_.Error({1, 1}, "the file has no [source.NAME]", kExample);
  }

  bool Attempted(const std::string& section) {
    const Node::Entry* entry = root_.Find(section);
    const bool faulty =
        entry != nullptr && (entry->value.kind != Node::Kind::table || !entry->value.entries.empty());
    return faulty || !components_[section].empty();
  }

  const Node& root_;
  const ComponentKinds& kinds_;
  OptionContext& context_;
  PipelineSpec& spec_;
  std::map<std::string, std::vector<const Node::Entry*>> components_;  // by section, in the order of the file
  std::vector<StreamDraft> drafts_;
  std::map<std::string, const Node::Entry*> claimed_;  // by what only one source can have
};

}  // namespace

LoadOutcome ParsePipeline(const std::string& text, const std::string& path, const Environment& environment,
                          const ComponentKinds& kinds, Files& files) {
  LoadOutcome outcome;
  Findings findings(path);
  outcome.spec.file = path;
  outcome.spec.folder = std::filesystem::path(path).parent_path().string();
  if (const auto root = ReadToml(text, environment, findings)) {
    OptionContext context{findings, outcome.spec.folder, files};
    Loader(*root, kinds, context, outcome.spec).Run();
  }
  outcome.errors = findings.Take();
  return outcome;
}

LoadOutcome LoadPipeline(const std::string& path, const Environment& environment, const ComponentKinds& kinds,
                         Files& files) {
  const Result<std::string> text = ReadWholeFile(files, path, kMaxPipelineFile);
  if (text.ok()) return ParsePipeline(*text, path, environment, kinds, files);
  LoadOutcome outcome;
  outcome.errors.push_back({.file = path,
                            .message = "cannot be read: " + text.status().message(),
                            .hint = "a pipeline file is TOML of at most 1 MiB"});
  return outcome;
}

}  // namespace sluice
