#include "sources/http/http_source.h"

#include <arrow/api.h>

#include "core/hash.h"
#include "sources/http/ingest_answer.h"

namespace sluice {
namespace {

// The readings of a request are one append, so the columns under construction must hold a whole body. These
// bounds are beyond any body of readings; they stop one of a million bad lines, each of which costs more to
// keep than to send.
constexpr int64_t kMaxEntries = 512 << 10;
constexpr int64_t kMaxGrowth = 16;  // bytes of columns and dead letters for each byte of max_body
constexpr Duration kKeyLife = std::chrono::hours(24);
constexpr size_t kIdleBenches = 4;

http::Response Stopping() { return NotTaken(Status::Retry("the process is stopping")); }

}  // namespace

struct HttpSource::Bench {
  Bench(std::unique_ptr<Decoder> with, const StreamSpec& stream, int64_t max_body)
      : decoder(std::move(with)), columns(stream, kMaxEntries, kMaxGrowth * max_body) {}
  std::unique_ptr<Decoder> decoder;
  BatchBuilder columns;
};

HttpSource::HttpSource(HttpSourceSpec spec, Intake& intake, DecoderFactory make_decoder)
    : spec_(std::move(spec)), intake_(intake), make_decoder_(std::move(make_decoder)) {}
HttpSource::~HttpSource() = default;

Result<std::unique_ptr<HttpSource>> HttpSource::Make(HttpSourceSpec spec, Intake& intake,
                                                     http::Router& router, DecoderFactory make_decoder) {
  if (spec.path.empty()) spec.path = "/ingest/" + intake.stream().name;
  if (spec.path.find_first_of("{}?#% ") != std::string::npos) {
    return Status::Reject("path '" + spec.path + "' may not have any of {}?#% or blanks");
  }
  if (spec.decode.source.empty()) spec.decode.source = "source." + spec.name;
  spec.decode.max_reading = spec.max_body.bytes;
  std::unique_ptr<HttpSource> source(new HttpSource(std::move(spec), intake, std::move(make_decoder)));
  SLUICE_ASSIGN(auto bench, source->Borrow(source->spec_.codec.value_or(CodecKind::json)));
  HttpSource& self = *source;
  http::RouteOptions route{.max_body = self.spec_.max_body.bytes, .ingest = true, .quick = true};
  route.admit = [&self](const http::Request& head) { return self.Admit(head); };
  SLUICE_TRY(router.Add("POST", self.spec_.path, std::move(route),
                        [&self](http::Request request, http::Responder respond) {
                          self.Receive(std::move(request), std::move(respond));
                        }));
  return source;
}

// Absent is json, as everywhere that nothing says otherwise; form data, curl's silent default, is refused
// with a hint.
std::optional<CodecKind> HttpSource::CodecOf(const http::Request& request) const {
  if (spec_.codec) return spec_.codec;
  const std::string type = request.Header("content-type");
  if (type.empty()) return CodecKind::json;
  const std::optional<CodecKind> codec = CodecFromContentType(type);
  return codec == CodecKind::parquet ? std::nullopt : codec;
}

std::optional<http::Response> HttpSource::Admit(const http::Request& head) const {
  if (draining_) return Stopping();
  if (!CodecOf(head)) return UnknownCodec(head.Header("content-type"), spec_.path);
  for (const auto& [name, value] : head.headers) {
    if (name != "idempotency-key") continue;
    if (const Status key = CheckIdempotencyKey(value); !key.ok()) {
      return http::Response::Problem(400, "", key.message());
    }
  }
  return std::nullopt;
}

void HttpSource::Receive(http::Request request, http::Responder respond) {
  ++under_way_;
  const auto finish = [this, respond](http::Response response) {
    respond(std::move(response));
    if (--under_way_ == 0 && draining_) Wake();
  };
  if (draining_) return finish(Stopping());  // since its head was admitted
  const CodecKind codec = *CodecOf(request);
  Result<Batch> batch = Decode(codec, request.body);
  if (!batch.ok()) return finish(NotDecoded(batch.status()));
  if (batch->Count() == 0) return finish(NothingSent());
  http::Response answer = AnswerTo(*batch);
  std::optional<OriginStep> step = StepOf(request, codec, answer);
  const Status taken = intake_.Offer(*std::move(batch), std::move(step),
                                     [this, answer = std::move(answer), finish](AppendOutcome outcome) {
                                       Settle(std::move(outcome), answer, finish);
                                     });
  if (!taken.ok()) finish(NotTaken(taken));
}

void HttpSource::Settle(AppendOutcome outcome, http::Response answer, const http::Responder& respond) {
  switch (outcome.kind) {
    case AppendOutcome::done:
      return respond(std::move(answer));
    case AppendOutcome::already:
      return respond(KeptAnswer(outcome.answer));
    case AppendOutcome::conflict:
      return respond(http::Response::Problem(
          422, "", "this Idempotency-Key was used with another body; a new request needs a new key"));
    case AppendOutcome::lost:
      return respond(NotTaken(Status::Retry("another process has taken over this key")));
    case AppendOutcome::failed:
      return respond(NotTaken(outcome.status));
  }
}

std::optional<OriginStep> HttpSource::StepOf(const http::Request& request, CodecKind codec,
                                             const http::Response& answer) const {
  const std::string key = request.Header("idempotency-key");
  if (key.empty()) return std::nullopt;
  return OriginStep{.origin = "key/" + spec_.name + "/" + key,
                    .next = 1,
                    .fingerprint = Sha256Hex(request.body) + "/" + std::string(CodecName(codec)),
                    .answer = KeepAnswer(answer),
                    .expires = kKeyLife};
}

// The whole body as one batch. A body of which nothing can be read at all (a CSV header without the key) is
// one dead entry, so that it is not lost either. Fails only when no decoder can be made.
Result<Batch> HttpSource::Decode(CodecKind codec, const std::string& body) {
  SLUICE_ASSIGN(std::unique_ptr<Bench> bench, Borrow(codec));
  std::string_view rest = body;
  while (!rest.empty()) {
    const Result<size_t> used = bench->decoder->Decode(rest, true, bench->columns);
    if (!used.ok()) {
      bench->columns.Abandon(used.status().message(), spec_.decode.source + " line 1", rest);
      break;
    }
    rest.remove_prefix(*used);
    if (!rest.empty() && bench->columns.Full())
      return Status::Reject("the body has more readings than one request may");
    if (*used > 0) continue;
    bench->columns.Abandon("cannot be read", spec_.decode.source, rest);
    break;
  }
  Batch batch = bench->columns.Finish();
  Return(codec, std::move(bench));
  return batch;
}

Result<std::unique_ptr<HttpSource::Bench>> HttpSource::Borrow(CodecKind codec) {
  {
    MutexLock lock(mutex_);
    auto& idle = idle_[codec];
    if (!idle.empty()) {
      auto bench = std::move(idle.back());
      idle.pop_back();
      return bench;
    }
  }
  SLUICE_ASSIGN(auto decoder, make_decoder_(codec, intake_.stream(), spec_.decode));
  return std::make_unique<Bench>(std::move(decoder), intake_.stream(), spec_.max_body.bytes);
}

void HttpSource::Return(CodecKind codec, std::unique_ptr<Bench> bench) {
  if (!bench->decoder->Restore("").ok()) return;  // an empty state is that of a new input
  MutexLock lock(mutex_);
  auto& idle = idle_[codec];
  if (idle.size() < kIdleBenches) idle.push_back(std::move(bench));
}

}  // namespace sluice
