#include "app/asking.h"

#include <algorithm>
#include <cstdio>
#include <future>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/console/json_table.h"
#include "app/served_pipeline.h"
#include "config/server.h"
#include "http/client.h"
#include "platform/directory_lock.h"

namespace sluice {
namespace {

// Longer than any query may take.
constexpr Duration kAnswerWithin = std::chrono::seconds(60);

class RemoteAnswerer : public Answerer {
 public:
  RemoteAnswerer(std::string url, std::string token, std::string hint)
      : url_(std::move(url)), token_(std::move(token)), hint_(std::move(hint)) {}

  Result<http::Response> Ask(http::Request request) override {
    if (!token_.empty()) request.headers.emplace_back("authorization", "Bearer " + token_);
    Result<http::Response> response = http::Call(url_, request, kAnswerWithin);
    if (!response.ok()) return Unreachable(url_, response.status(), hint_);
    SLUICE_TRY(StatusOfAnswer(*response));
    return response;
  }
  std::string Url() const override { return url_; }
  std::string Hint() const override { return hint_; }

 private:
  const std::string url_;
  const std::string token_;
  const std::string hint_;
};

// The API of a pipeline that nobody steps.
class OfflineAnswerer : public Answerer {
 public:
  explicit OfflineAnswerer(std::unique_ptr<ServedPipeline> pipeline) : pipeline_(std::move(pipeline)) {}

  Result<http::Response> Ask(http::Request request) override {
    std::promise<http::Response> promise;
    std::future<http::Response> answer = promise.get_future();
    (*pipeline_)->router().Dispatch(std::move(request), [&promise](http::Response response) {
      promise.set_value(std::move(response));
    });
    http::Response response = answer.get();
    SLUICE_TRY(StatusOfAnswer(response));
    return response;
  }

 private:
  const std::unique_ptr<ServedPipeline> pipeline_;
};

// What to do when nobody answers.
constexpr auto kIsItRunning =
    "is it running? `sluice run pipeline.toml` starts one, --url or the pipeline file as an argument says "
    "where "
    "to ask";
constexpr auto kDirectoryIsHeld =
    "a process holds its data directory but does not answer: is it another command on the same directory?";

std::string IsItRunningOf(const std::string& file) {
  return fmt::format(
      "is it running? `sluice run {}` starts it; a process that listens elsewhere (another role, "
      "another machine) is asked with --url",
      file);
}

Result<std::unique_ptr<Answerer>> Remote(const Whom& whom, std::string url, std::string hint) {
  SLUICE_ASSIGN(const http::Url parsed, http::ParseUrl(url));
  return std::unique_ptr<Answerer>(new RemoteAnswerer(std::move(url), whom.token, std::move(hint)));
}

Result<std::unique_ptr<Answerer>> AtListen(const Whom& whom, const PipelineSpec& spec, std::string hint) {
  SLUICE_ASSIGN(const ListenAddress address, ParseListen(spec.server.listen));
  return Remote(whom, UrlOfListen(address.host, address.port), std::move(hint));
}

Result<std::unique_ptr<Answerer>> OpenHere(PipelineSpec spec, const PipelineContext& context) {
  SLUICE_ASSIGN(auto pipeline, ServedPipeline::Open(std::move(spec), context));
  return std::unique_ptr<Answerer>(new OfflineAnswerer(std::move(pipeline)));
}

Result<std::unique_ptr<Answerer>> OpenOffline(PipelineSpec spec, Offline offline,
                                              const Components& components) {
  const std::string directory = spec.data_dir;
  const std::string file = spec.file;
  if (offline == Offline::no) {
    return Status::Retry(fmt::format("nothing runs on {}: start it with `sluice run {}`", directory, file));
  }
  SLUICE_TRY(CheckHasRun(directory, file));
  return OpenHere(std::move(spec), {.components = components,
                                    .clock = SystemClock(),
                                    .files = SystemFiles(),
                                    .look = offline == Offline::look});
}

// Log and store are servers: asked by this process, whoever else works on them.
Result<std::unique_ptr<Answerer>> OfServers(const Whom& whom, PipelineSpec spec, Offline offline,
                                            const Components& components) {
  if (offline == Offline::no) return AtListen(whom, spec, IsItRunningOf(spec.file));
  return OpenHere(std::move(spec), {.components = components,
                                    .clock = SystemClock(),
                                    .files = SystemFiles(),
                                    .look = offline == Offline::look,
                                    .roles = {.sources = false, .jobs = false}});
}

Result<std::unique_ptr<Answerer>> OfFile(const Whom& whom, PipelineSpec spec, Offline offline,
                                         const Components& components) {
  const SharedParts shared = SharedPartsOf(spec, components);
  if (shared.log && shared.store) return OfServers(whom, std::move(spec), offline, components);
  if (!DirectoryLock::IsTaken(spec.data_dir)) return OpenOffline(std::move(spec), offline, components);
  // The process says where it answers; one that is just starting will, where the file says.
  if (const std::string url = DirectoryLock::NoteOf(spec.data_dir); !url.empty()) {
    return Remote(whom, url, kDirectoryIsHeld);
  }
  return AtListen(whom, spec, kDirectoryIsHeld);
}

}  // namespace

std::unique_ptr<Answerer> FindAnswerer(const Whom& whom, Offline offline, const Components& components,
                                       int* exit_code) {
  Result<std::unique_ptr<Answerer>> found = Status::Reject("");
  if (!whom.url.empty() || whom.file.empty()) {
    found = Remote(whom, whom.url.empty() ? std::string(kDefaultUrl) : whom.url, "");
  } else {
    auto spec = LoadOrExplain(whom.file, whom.env_file, components);
    if (spec == nullptr) return *exit_code = kWrongUse, nullptr;
    found = OfFile(whom, std::move(*spec), offline, components);
  }
  if (found.ok()) return *std::move(found);
  *exit_code = Explain(found.status());
  return nullptr;
}

http::Request GetRequest(std::string path, std::vector<std::pair<std::string, std::string>> query) {
  http::Request request;
  request.method = "GET";
  request.path = std::move(path);
  request.query = std::move(query);
  return request;
}

http::Request PostRequest(std::string path, std::string json) {
  http::Request request;
  request.method = "POST";
  request.path = std::move(path);
  request.headers = {{"content-type", "application/json"}};
  request.body = std::move(json);
  return request;
}

std::string TakeFile(std::vector<std::string>& words) {
  const auto file =
      std::find_if(words.begin(), words.end(), [](const auto& word) { return word.ends_with(".toml"); });
  if (file == words.end()) return "";
  std::string taken = std::move(*file);
  words.erase(file);
  return taken;
}

std::string UrlOfListen(const std::string& host, int port) {
  std::string reached = host;
  if (host == "0.0.0.0") reached = "127.0.0.1";
  if (host == "::") reached = "::1";
  if (reached.find(':') != std::string::npos) reached = "[" + reached + "]";
  return fmt::format("http://{}:{}", reached, port);
}

Status StatusOfAnswer(const http::Response& response) {
  if (response.status >= 200 && response.status < 300) return {};
  std::string detail = JsonMember(response.body, "/detail");
  if (detail.empty()) detail = JsonMember(response.body, "/title");
  if (detail.empty()) detail = fmt::format("the server answered {}", response.status);
  if (response.status == 401 || response.status == 403) detail += " (give a token with --token)";
  return response.status < 500 ? Status::Reject(detail) : Status::Retry(detail);
}

Status CheckHasRun(const std::string& data_dir, const std::string& file) {
  if (SystemFiles().Exists(data_dir + "/FORMAT")) return {};
  return Status::Retry(
      fmt::format("no data in {}: has the pipeline run? `sluice run {}` starts it", data_dir, file));
}

Status Unreachable(const std::string& url, const Status& failure, const std::string& hint) {
  if (failure.code() == Code::reject) return Status::Retry(fmt::format("{}: {}", url, failure.message()));
  return Status::Retry(fmt::format("nobody answers at {} ({}); {}", url, failure.message(),
                                   hint.empty() ? kIsItRunning : hint));
}

}  // namespace sluice
