// Pipeline: everything that a pipeline file describes, built, wired and ready to be stepped. The start order
// and its reverse, the stop order, are readable in Open and Stop (pipeline.cc). Owned by a command (`sluice
// run`) or a test; Open and Stop by one thread, the rest from any. A pipeline under the real clock is stepped
// by Threads, one in virtual time by VirtualTime (engine/runner.h). The owner ends the runner and the
// listener before the pipeline. A process that runs only some roles of it has only what these need.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/components.h"
#include "app/roles.h"
#include "config/pipeline.h"
#include "engine/audit.h"
#include "engine/job.h"
#include "engine/periodic.h"
#include "engine/source.h"
#include "platform/directory_lock.h"
#include "platform/mutex.h"

namespace sluice {

struct PipelineContext {
  const Components& components;
  const Clock& clock;
  Files& files;
  bool virtual_time = false;  // no threads: appends complete before they return
  bool in_memory = false;     // nothing on disk
  bool look = false;          // to be asked, never stepped: nothing is claimed, made or written
  Roles roles = {};
  std::string instance = "";  // what the log knows this process as, among those with the same role
  JobOptions job_options = {};
  std::optional<ByteSize> log_memory = {};  // instead of its share of the budget
  // Hears which component is being opened, and what that waits for.
  std::function<void(const std::string& component, const std::string& reason)> opening = nullptr;
};

class Pipeline {
 public:
  // Rejects with what to do: a data directory in use or of another version, positions that do not fit the
  // log, a stored table that the file would reinterpret.
  static Result<std::unique_ptr<Pipeline>> Open(PipelineSpec spec, const PipelineContext& context);
  ~Pipeline();

  const PipelineSpec& spec() const { return spec_; }
  const Clock& clock() const { return context_.clock; }
  http::Router& router() { return router_; }
  Log& log() { return *log_; }
  const Roles& roles() const { return context_.roles; }
  // Null where neither jobs nor the API run.
  Store* store() { return store_.get(); }
  const std::vector<std::unique_ptr<Job>>& jobs() const { return jobs_; }
  const std::vector<std::unique_ptr<Source>>& sources() const { return sources_; }
  const std::vector<std::unique_ptr<Periodic>>& upkeep() const { return upkeep_; }
  const Intake& intake(const std::string& stream) const;

  // Where this process answers, for commands that are given the pipeline file.
  void NoteUrl(const std::string& url) {
    if (lock_ != nullptr) lock_->Note(url);
  }

  // Everything to be stepped, in the order of a reading's way back: sources, jobs, upkeep.
  std::vector<Task*> Tasks();
  // One more task of the owner's (the live stream's pump).
  void AddTask(std::unique_ptr<Task> task) { extra_tasks_.push_back(std::move(task)); }

  // Stop, first half: sources take nothing new, jobs commit what the log holds. Poll Drained, then destroy.
  void Drain();
  bool Drained() const;
  bool draining() const { return draining_; }

  Result<AuditReport> Audit(bool deep);
  // Jobs that the store knows and the file no longer names: `sluice forget` gives up their positions.
  std::vector<std::string> GoneJobs() const;
  // Drops what the store keeps of a job (or a summary) that left the file, and what the log keeps for it.
  Status ForgetJob(const std::string& job);

 private:
  Pipeline(PipelineSpec spec, const PipelineContext& context);
  void SayOpening(const std::string& component, const std::string& reason) const;
  bool NeedsDirectory() const;
  bool RunsSources() const;
  Status OpenDataDirectory();
  Status OpenLog();
  Status OpenStore();
  Status MakeJobs();
  void MakeIntakes();
  Status MakeSources();
  void MakeUpkeep();
  Status TrimLog();
  Status FindGoneJobs();
  Status TrimUndeclared();

  PipelineSpec spec_;  // constant from the opening of the log on
  const PipelineContext context_;
  http::Router router_;
  // In start order.
  std::unique_ptr<DirectoryLock> lock_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Store> store_;
  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<std::unique_ptr<Intake>> intakes_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::unique_ptr<Periodic>> upkeep_;
  std::vector<std::unique_ptr<Task>> extra_tasks_;
  std::atomic<bool> draining_{false};
  bool gone_known_ = false;  // Open, then the task log.trim
  mutable Mutex gone_mutex_;
  std::set<std::string> gone_ GUARDED_BY(gone_mutex_);
};

}  // namespace sluice
