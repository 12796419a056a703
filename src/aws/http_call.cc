#include "aws/http_call.h"

#include <array>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

namespace sluice::aws {
namespace {

constexpr size_t kMaxAnswer = 64 << 10;

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

size_t OnBytes(char* bytes, size_t, size_t size, void* opaque) {
  std::string& body = *static_cast<std::string*>(opaque);
  if (body.size() + size > kMaxAnswer) return 0;
  body.append(bytes, size);
  return size;
}

Headers HeadersOf(const HttpCall& call) {
  Headers list(nullptr, &curl_slist_free_all);
  for (const auto& [name, value] : call.headers) {
    list.reset(curl_slist_append(list.release(), (name + ": " + value).c_str()));
  }
  return list;
}

void Describe(CURL* easy, const HttpCall& call) {
  curl_easy_setopt(easy, CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  if (!call.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.body.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  if (call.url.starts_with("http://")) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "sluice");
}

}  // namespace

Result<HttpAnswer> CallOverHttp(const HttpCall& call) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const Easy easy(ready == CURLE_OK ? curl_easy_init() : nullptr, &curl_easy_cleanup);
  if (easy == nullptr) return Status::Retry("libcurl cannot be used");
  const Headers headers = HeadersOf(call);
  std::array<char, CURL_ERROR_SIZE> words{};
  HttpAnswer answer;
  Describe(easy.get(), call);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, words.data());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &OnBytes);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) {
    return Status::Retry(words[0] == '\0' ? curl_easy_strerror(code) : std::string(words.data()));
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = status;
  return answer;
}

}  // namespace sluice::aws
