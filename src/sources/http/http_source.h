// HttpSource: readings posted to one path of the listener, into one stream. A request is decoded whole into
// one batch, offered to the intake in one atomic append, and answered once that is durable (rule D1), or
// refused untouched. Owned by the app; requests come from the listener's threads, completions from the log's:
// thread-safe. A repeat under the same Idempotency-Key is told what the first was told, for 24 hours.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codecs/codec.h"
#include "core/bytes.h"
#include "engine/intake.h"
#include "engine/source.h"
#include "http/router.h"
#include "platform/mutex.h"

namespace sluice {

struct HttpSourceSpec {
  std::string name;            // of the component
  std::string path;            // "": /ingest/STREAM
  ByteSize max_body = MiB(8);  // after decompression too
  DecodeSpec decode;
  std::optional<CodecKind> codec;  // unset: by content type
};

using DecoderFactory =
    std::function<Result<std::unique_ptr<Decoder>>(CodecKind, const StreamSpec&, const DecodeSpec&)>;

class HttpSource : public Source {
 public:
  // Registers POST on its path; `router` is not used afterwards, its handlers use this source. Rejects a path
  // that is taken and a decode spec that does not fit the stream.
  static Result<std::unique_ptr<HttpSource>> Make(HttpSourceSpec spec, Intake& intake, http::Router& router,
                                                  DecoderFactory make_decoder = MakeDecoder);
  ~HttpSource() override;

  std::string Name() const override { return "source." + spec_.name; }
  StepResult Step(Timestamp) override { return {}; }
  bool Finished() const override { return false; }
  void Drain() override { draining_ = true; }
  bool Drained() const override { return draining_ && under_way_ == 0; }
  Status Health() const override { return {}; }

 private:
  struct Bench;  // a decoder and the columns it fills

  HttpSource(HttpSourceSpec spec, Intake& intake, DecoderFactory make_decoder);
  std::optional<http::Response> Admit(const http::Request& head) const;
  std::optional<CodecKind> CodecOf(const http::Request& request) const;
  // A request whose head was admitted.
  void Receive(http::Request request, http::Responder respond);
  Result<Batch> Decode(CodecKind codec, const std::string& body);
  std::optional<OriginStep> StepOf(const http::Request& request, CodecKind codec,
                                   const http::Response& answer) const;
  void Settle(AppendOutcome outcome, http::Response answer, const http::Responder& respond);

  Result<std::unique_ptr<Bench>> Borrow(CodecKind codec);
  void Return(CodecKind codec, std::unique_ptr<Bench> bench);

  const HttpSourceSpec spec_;
  Intake& intake_;
  const DecoderFactory make_decoder_;
  std::atomic<bool> draining_{false};
  std::atomic<int64_t> under_way_{0};  // requests
  Mutex mutex_;
  std::map<CodecKind, std::vector<std::unique_ptr<Bench>>> idle_ GUARDED_BY(mutex_);
};

}  // namespace sluice
