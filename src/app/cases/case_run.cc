#include "app/cases/case_run.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <stdlib.h>

#include "app/served_pipeline.h"
#include "core/json_text.h"
#include "engine/runner.h"
#include "http/target.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

// Time of a case: moved by its blocks.
class CaseClock : public Clock {
 public:
  Timestamp Now() const override { return FromMicros(micros_); }
  void Set(Timestamp time) { micros_ = ToMicros(time); }

 private:
  std::atomic<int64_t> micros_{1'760'529'600'000'000};  // 2025-10-15T12:00:00Z
};

// A copy of the case's folder, so that blocks may write beside the pipeline file; removed at the end.
class WorkFolder {
 public:
  explicit WorkFolder(const std::string& from) {
    std::string pattern = (fs::temp_directory_path() / "sluice-case-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
    fs::copy(from, path_, fs::copy_options::recursive);
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class CaseRun {
 public:
  CaseRun(const std::string& folder, const Components& components, const CaseVariant& variant)
      : work_(folder), components_(components), variant_(variant) {}

  // What the block answers, to be compared with what it expects.
  Result<std::string> Do(const CaseBlock& block) {
    using Verb = Result<std::string> (CaseRun::*)(const CaseBlock&);
    static const std::map<std::string, std::pair<size_t, Verb>> verbs = {
        {"clock", {2, &CaseRun::SetClock}},  {"advance", {2, &CaseRun::Advance}},
        {"ingest", {3, &CaseRun::Ingest}},   {"post", {3, &CaseRun::Post}},
        {"get", {2, &CaseRun::Get}},         {"sql", {1, &CaseRun::Sql}},
        {"errors", {1, &CaseRun::Errors}},   {"audit", {1, &CaseRun::ShowAudit}},
        {"restart", {1, &CaseRun::Restart}}, {"write", {2, &CaseRun::Write}},
        {"append", {2, &CaseRun::Append}},   {"remove", {2, &CaseRun::Remove}},
        {"rename", {3, &CaseRun::Rename}},
    };
    const auto verb = verbs.find(block.words.front());
    if (verb == verbs.end()) return Status::Reject("unknown verb '" + block.words.front() + "'");
    if (block.words.size() < verb->second.first)
      return Status::Reject("'" + verb->first + "' needs more words");
    if (variant_.restart_always && served_ != nullptr) Close();
    return (this->*verb->second.second)(block);
  }

  // The books must agree at the end of every case.
  Status Finish() {
    if (refused_) return {};
    SLUICE_TRY(Open());
    SLUICE_TRY(time_->Settle());
    SLUICE_ASSIGN(const AuditReport report, (*served_)->Audit(true));
    if (report.ok) return {};
    return Status::Reject("audit: " +
                          (report.findings.empty() ? AuditJson(report) : report.findings.front()));
  }

 private:
  LoadOutcome Load() {
    return LoadPipeline(work_ / "pipeline.toml", Environment::OfProcess(), KindsOf(components_),
                        SystemFiles());
  }

  Status Open() {
    if (served_ != nullptr) return {};
    LoadOutcome loaded = Load();
    if (!loaded.ok()) return Status::Reject(FormatDiagnostics(loaded.errors));
    const PipelineContext context{.components = components_,
                                  .clock = clock_,
                                  .files = SystemFiles(),
                                  .virtual_time = true,
                                  .job_options = {.flush_rows = variant_.flush_rows},
                                  .log_memory = variant_.log_memory};
    SLUICE_ASSIGN(served_, ServedPipeline::Open(std::move(loaded.spec), context));
    time_.emplace(clock_.Now(), [this](Timestamp now) { clock_.Set(now); });
    for (Task* task : (*served_)->Tasks()) time_->Add(*task);
    return time_->Settle();
  }

  void Close() {
    time_.reset();
    served_.reset();
  }

  Result<std::string> SetClock(const CaseBlock& block) {
    if (served_ != nullptr) return Status::Reject("'clock' must come before the pipeline starts");
    SLUICE_ASSIGN(const Timestamp time, ParseRfc3339(block.words[1]));
    clock_.Set(time);
    return std::string();
  }

  Result<std::string> Advance(const CaseBlock& block) {
    SLUICE_TRY(Open());
    SLUICE_ASSIGN(const Duration by, ParseDuration(block.words[1]));
    SLUICE_TRY(time_->Advance(by));
    return std::string();
  }

  // `ingest STREAM TYPE`, also with further `name:value` headers.
  Result<std::string> Ingest(const CaseBlock& block) {
    return Call("POST", "/ingest/" + block.words[1], block);
  }
  Result<std::string> Post(const CaseBlock& block) { return Call("POST", block.words[1], block); }
  Result<std::string> Get(const CaseBlock& block) { return Call("GET", block.words[1], block); }

  Result<std::string> Call(const std::string& method, const std::string& target, const CaseBlock& block) {
    SLUICE_TRY(Open());
    SLUICE_ASSIGN(http::Target parsed, http::ParseTarget(target));
    http::Request request{.method = method, .path = parsed.path, .query = parsed.query, .body = block.body};
    if (method == "POST") request.headers.emplace_back("content-type", block.words[2]);
    for (size_t i = method == "POST" ? 3 : 2; i < block.words.size(); ++i) {
      const size_t colon = block.words[i].find(':');
      request.headers.emplace_back(block.words[i].substr(0, colon), block.words[i].substr(colon + 1));
    }
    std::optional<http::Response> answer;
    (*served_)->router().Dispatch(std::move(request),
                                  [&](http::Response response) { answer = std::move(response); });
    if (!answer) return Status::Reject("no answer to " + method + " " + target);
    SLUICE_TRY(time_->Settle());
    std::string body = answer->body;
    while (!body.empty() && body.back() == '\n') body.pop_back();
    return fmt::format("{} {}\n", answer->status, body);
  }

  Result<std::string> Sql(const CaseBlock& block) {
    SLUICE_TRY(Open());
    std::optional<http::Response> answer;
    http::Request request{.method = "POST",
                          .path = "/api/sql",
                          .headers = {{"content-type", "application/json"}, {"accept", "text/csv"}},
                          .body = "{\"query\":" + JsonText(block.body) + "}"};
    (*served_)->router().Dispatch(std::move(request),
                                  [&](http::Response response) { answer = std::move(response); });
    if (!answer) return Status::Reject("no answer");
    std::string text = answer->body;
    std::erase(text, '\r');
    return answer->status == 200 ? text : fmt::format("{} {}\n", answer->status, text);
  }

  Result<std::string> Errors(const CaseBlock&) {
    refused_ = true;
    LoadOutcome loaded = Load();
    std::string text = FormatDiagnostics(loaded.errors);
    const std::string folder = work_ / "";
    for (size_t at = text.find(folder); at != std::string::npos; at = text.find(folder))
      text.erase(at, folder.size());
    return text;
  }

  Result<std::string> ShowAudit(const CaseBlock&) {
    SLUICE_TRY(Open());
    SLUICE_ASSIGN(const AuditReport report, (*served_)->Audit(true));
    return AuditJson(report) + "\n";
  }

  Result<std::string> Restart(const CaseBlock&) {
    Close();
    SLUICE_TRY(Open());
    return std::string();
  }

  Result<std::string> WriteTo(const CaseBlock& block, std::ios::openmode mode) {
    std::ofstream(work_ / block.words[1], std::ios::binary | mode) << block.body;
    return std::string();
  }
  Result<std::string> Write(const CaseBlock& block) { return WriteTo(block, std::ios::trunc); }
  Result<std::string> Append(const CaseBlock& block) { return WriteTo(block, std::ios::app); }
  Result<std::string> Remove(const CaseBlock& block) {
    fs::remove_all(work_ / block.words[1]);
    return std::string();
  }
  Result<std::string> Rename(const CaseBlock& block) {
    fs::rename(work_ / block.words[1], work_ / block.words[2]);
    return std::string();
  }

  const WorkFolder work_;
  const Components& components_;
  const CaseVariant variant_;
  CaseClock clock_;
  std::unique_ptr<ServedPipeline> served_;
  std::optional<VirtualTime> time_;
  bool refused_ = false;  // the case is about a file that does not load
};

}  // namespace

Result<CaseResult> RunCase(const std::string& folder, const Components& components,
                           const CaseVariant& variant) {
  SLUICE_ASSIGN(const std::string text, ReadWholeFile(SystemFiles(), folder + "/case.test"));
  SLUICE_ASSIGN(std::vector<CaseBlock> blocks, ParseCase(text));
  CaseRun run(folder, components, variant);
  CaseResult result;
  for (CaseBlock& block : blocks) {
    const Result<std::string> answer = run.Do(block);
    if (!answer.ok()) {
      result.failures.push_back(fmt::format("line {}: {}", block.line, answer.status().message()));
      return result;
    }
    if (!block.expects) continue;
    if (*answer != block.expected) {
      result.failures.push_back(
          fmt::format("line {}: expected\n{}got\n{}", block.line, block.expected, *answer));
    }
    block.expected = *answer;
  }
  if (const Status books = run.Finish(); !books.ok()) result.failures.push_back(books.message());
  result.updated = FormatCase(blocks);
  return result;
}

}  // namespace sluice
