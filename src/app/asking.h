// Asking: where `sql tail status audit forget dead` get their answers. With a pipeline file: the process that
// runs on its data directory, at its [server] listen; when none runs, the directory itself, through the same
// routes in this process. Without one: the given URL. Made by a command, used by its thread. Failures come as
// Status: reject when the question was refused, retry when nobody answered; messages say what to do.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/components.h"
#include "http/message.h"

namespace sluice {

inline constexpr std::string_view kDefaultUrl = "http://127.0.0.1:8080";

// What these commands have in common on the command line.
struct Whom {
  std::string file;  // the pipeline file; "": none was given
  std::string url;   // "": the file's, or kDefaultUrl
  std::string token;
  std::string env_file;
};

// What may happen to a data directory that no process runs on.
enum class Offline {
  no,      // nothing: this question needs a running process
  look,    // it is opened for reading: not a byte of it changes
  change,  // it is opened as at a start, because something of it is to change
};

class Answerer {
 public:
  virtual ~Answerer() = default;
  // The answer when its status is 2xx; otherwise a Status with what the server said.
  virtual Result<http::Response> Ask(http::Request request) = 0;
  // Where it asks over HTTP; "" offline.
  virtual std::string Url() const { return ""; }
  // What to do when nobody answers there.
  virtual std::string Hint() const { return ""; }
};

// Loads the file, when one is named; prints what is wrong and sets `*exit_code` when it returns nullptr.
std::unique_ptr<Answerer> FindAnswerer(const Whom& whom, Offline offline, const Components& components,
                                       int* exit_code);

http::Request GetRequest(std::string path, std::vector<std::pair<std::string, std::string>> query = {});
http::Request PostRequest(std::string path, std::string json);

// Takes the first word that ends in .toml out of `words`; "" when none does.
std::string TakeFile(std::vector<std::string>& words);
// Where a process that listens there is reached from this machine: "0.0.0.0:8080" → "http://127.0.0.1:8080".
std::string UrlOfListen(const std::string& host, int port);
// ok for 2xx; otherwise what the problem document says: reject for 4xx, retry for the rest.
Status StatusOfAnswer(const http::Response& response);
// Whether a pipeline has ever run on the directory; retry with what to do.
Status CheckHasRun(const std::string& data_dir, const std::string& file);
// A failure to connect, with what to do about it: the hint, or what helps without a file.
Status Unreachable(const std::string& url, const Status& failure, const std::string& hint);

}  // namespace sluice
