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

std::string AbsentApi(const Roles& roles) {
  return "this process runs --only " + roles.Text() + "; /data and /api are served where the role api runs";
}

}  // namespace

Result<std::unique_ptr<ServedPipeline>> ServedPipeline::Open(PipelineSpec spec,
                                                             const PipelineContext& context) {
  SLUICE_ASSIGN(auto pipeline, Pipeline::Open(std::move(spec), context));
  std::unique_ptr<ServedPipeline> served(new ServedPipeline(std::move(pipeline)));
  Pipeline& inner = **served;
  const Roles& roles = inner.roles();
  auto live = roles.api ? std::make_unique<Live>(inner.log()) : nullptr;
  SLUICE_TRY(RegisterApi(inner.router(), {.streams = inner.spec().streams,
                                          .summaries = inner.spec().summaries,
                                          .store = roles.api ? inner.store() : nullptr,
                                          .live = live.get(),
                                          .clock = inner.clock(),
                                          .actions = served->actions_,
                                          .version = VersionLine(),
                                          .sql_bytes = context.look ? kOfflineBytes : kServedBytes,
                                          .absent = AbsentApi(roles)}));
  if (live != nullptr) inner.AddTask(std::move(live));
  return served;
}

}  // namespace sluice
