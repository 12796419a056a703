// What an ingest request is told, and how that is kept for a repeat of it under the same Idempotency-Key.
// Pure functions: the numbers of a decoded body, or the outcome of its append, to a response.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/batch.h"
#include "core/status.h"
#include "http/message.h"

namespace sluice {

// 202 when something was usable, else 400; both with `accepted`, `dead` and the first 20 `errors`.
http::Response AnswerTo(const Batch& batch);
// 400 for a body without a reading, good or bad.
http::Response NothingSent();
// 415 with the curl command that would work.
http::Response UnknownCodec(std::string_view content_type, const std::string& path);
// 413 for a body that is too much for one append, otherwise as NotTaken.
http::Response NotDecoded(const Status& status);
// 503 with Retry-After, or 500 for what trying again does not mend.
http::Response NotTaken(const Status& status);

// An answer as the log keeps it with an origin, and back.
std::string KeepAnswer(const http::Response& response);
http::Response KeptAnswer(std::string_view kept);

// Idempotency keys: 1 to 255 characters, none of them a control character.
Status CheckIdempotencyKey(std::string_view key);

// The number behind the last " line " of a dead letter's source, or 0.
int64_t LineOf(std::string_view source);

}  // namespace sluice
