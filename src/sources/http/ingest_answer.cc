#include "sources/http/ingest_answer.h"

#include <algorithm>
#include <charconv>

#include <arrow/api.h>

#include "core/json_text.h"

namespace sluice {
namespace {

constexpr size_t kErrorsShown = 20;

std::string Errors(const std::vector<DeadEntry>& dead) {
  std::string json = "[";
  for (size_t i = 0; i < std::min(dead.size(), kErrorsShown); ++i) {
    if (i > 0) json += ",";
    json += "{\"line\":" + std::to_string(LineOf(dead[i].source)) +
            ",\"reason\":" + JsonText(dead[i].reason) + "}";
  }
  return json + "]";
}

http::Response TryAgain(std::string detail) {
  http::Response response = http::Response::Problem(503, "", std::move(detail));
  response.headers.emplace_back("retry-after", "1");
  return response;
}

}  // namespace

int64_t LineOf(std::string_view source) {
  constexpr std::string_view kLine = " line ";
  const size_t at = source.rfind(kLine);
  if (at == std::string_view::npos) return 0;
  int64_t line = 0;
  std::from_chars(source.data() + at + kLine.size(), source.data() + source.size(), line);
  return line;
}

http::Response AnswerTo(const Batch& batch) {
  const std::string accepted = std::to_string(batch.rows->num_rows());
  const std::string dead = std::to_string(batch.dead.size());
  const std::string errors = Errors(batch.dead);
  if (batch.rows->num_rows() > 0) {
    return http::Response::Json(
        202, "{\"accepted\":" + accepted + ",\"dead\":" + dead + ",\"errors\":" + errors + "}");
  }
  return http::Response::Problem(400, "", "nothing in the body was usable; it is kept as dead letters",
                                 {{"accepted", accepted}, {"dead", dead}, {"errors", errors}});
}

http::Response NothingSent() {
  return http::Response::Problem(400, "", "the body holds no reading",
                                 {{"accepted", "0"}, {"dead", "0"}, {"errors", "[]"}});
}

http::Response UnknownCodec(std::string_view content_type, const std::string& path) {
  const std::string got =
      content_type.empty() ? "a body without Content-Type" : "'" + std::string(content_type) + "'";
  return http::Response::Problem(415, "",
                                 got +
                                     " is not taken here; send application/json, application/x-ndjson or "
                                     "text/csv: curl -H 'Content-Type: "
                                     "application/x-ndjson' --data-binary @readings.ndjson http://HOST" +
                                     path);
}

http::Response NotTaken(const Status& status) {
  if (status.code() == Code::retry) return TryAgain(status.message());
  return http::Response::Problem(500, "", status.message());
}

http::Response NotDecoded(const Status& status) {
  if (status.code() != Code::reject) return NotTaken(status);
  return http::Response::Problem(413, "", status.message() + "; send it in smaller parts");
}

std::string KeepAnswer(const http::Response& response) {
  return std::to_string(response.status) + "\n" + response.body;
}

http::Response KeptAnswer(std::string_view kept) {
  const size_t end = std::min(kept.find('\n'), kept.size());
  int status = 500;
  std::from_chars(kept.data(), kept.data() + end, status);
  std::string body(kept.substr(std::min(end + 1, kept.size())));
  http::Response response = http::Response::Json(status, std::move(body));
  if (status >= 400) response.headers = {{"content-type", "application/problem+json"}};
  return response;
}

Status CheckIdempotencyKey(std::string_view key) {
  if (key.empty() || key.size() > 255) return Status::Reject("an Idempotency-Key has 1 to 255 characters");
  const bool controls = std::any_of(key.begin(), key.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return controls ? Status::Reject("an Idempotency-Key has no control characters") : Status();
}

}  // namespace sluice
