#include "app/served_pipeline.h"

#include "api/api.h"
#include "api/live.h"
#include "app/version.h"

namespace sluice {
namespace {

// Of one answer to SQL: a process that ingests must not be crowded out by it, one that only answers may go
// on.
constexpr int64_t kServedBytes = 64 << 20;
constexpr int64_t kOfflineBytes = 256 << 20;

}  // namespace

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
                                          .version = VersionLine(),
                                          .sql_bytes = context.asleep ? kOfflineBytes : kServedBytes}));
  inner.AddTask(std::move(live));
  return served;
}

}  // namespace sluice
