#include "config/pipeline.h"

namespace sluice {
namespace {

template <class T>
const T* FindNamed(const std::vector<T>& all, std::string_view name) {
  for (const T& one : all) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

}  // namespace

const StreamSpec* PipelineSpec::Stream(std::string_view name) const { return FindNamed(streams, name); }
const SummarySpec* PipelineSpec::Summary(std::string_view name) const { return FindNamed(summaries, name); }
const ComponentSpec* PipelineSpec::Source(std::string_view name) const { return FindNamed(sources, name); }

const StreamSpec& PipelineSpec::DefaultStream() const {
  for (const StreamSpec& stream : streams) {
    if (stream.is_default) return stream;
  }
  return streams.front();
}

}  // namespace sluice
