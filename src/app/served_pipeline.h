// ServedPipeline: a pipeline with its API on its router, as `sluice run` and pipeline tests use it; the
// listener, if any, is the owner's. Made and destroyed by one thread; end the runner and the listener first.
#pragma once

#include <memory>

#include "app/actions.h"
#include "app/pipeline.h"

namespace sluice {

class ServedPipeline {
 public:
  static Result<std::unique_ptr<ServedPipeline>> Open(PipelineSpec spec, const PipelineContext& context);

  Pipeline& operator*() { return *pipeline_; }
  Pipeline* operator->() { return pipeline_.get(); }

 private:
  explicit ServedPipeline(std::unique_ptr<Pipeline> pipeline)
      : pipeline_(std::move(pipeline)), actions_(*pipeline_) {}

  std::unique_ptr<Pipeline> pipeline_;
  PipelineActions actions_;
};

}  // namespace sluice
