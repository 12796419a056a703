#include "app/served_pipeline.h"

#include "api/api.h"
#include "api/live.h"
#include "app/version.h"

namespace sluice {

Result<std::unique_ptr<ServedPipeline>> ServedPipeline::Open(PipelineSpec spec,
                                                             const PipelineContext& context) {
  SLUICE_ASSIGN(auto pipeline, Pipeline::Open(std::move(spec), context));
  std::unique_ptr<ServedPipeline> served(new ServedPipeline(std::move(pipeline)));
  Pipeline& inner = **served;
  auto live = std::make_unique<Live>(inner.log());
  SLUICE_TRY(RegisterApi(inner.router(), {.streams = inner.spec().streams,
                                          .summaries = inner.spec().summaries,
                                          .store = inner.store(),
                                          .live = *live,
                                          .clock = inner.clock(),
                                          .actions = served->actions_,
                                          .version = VersionText()}));
  inner.AddTask(std::move(live));
  return served;
}

}  // namespace sluice
