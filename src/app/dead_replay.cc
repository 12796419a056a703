#include "app/dead_replay.h"

#include <future>

#include <fmt/format.h>

#include "log/dead_stream.h"

namespace sluice {
namespace {

// How the source that a dead letter names reads now ("source.devices line 3" → source.devices). What a job or
// the log refused is kept as the stream's own JSON.
Result<DecodeSpec> DecodeSpecFor(const PipelineSpec& spec, const StoredDeadLetter& letter) {
  const std::string title = letter.entry.source.substr(0, letter.entry.source.find(' '));
  if (!title.starts_with("source.")) return DecodeSpec();
  for (const ComponentSpec& source : spec.sources) {
    if (source.Title() == title && source.input.stream == DeclaredStreamOf(letter.stream)) {
      return DecodeSpecOf(source);
    }
  }
  return Status::Reject(fmt::format(
      "no {} brings readings into stream '{}' any more, and it alone says how this is read: put it back into "
      "the pipeline file, or drop the letter",
      title, DeclaredStreamOf(letter.stream)));
}

Status StillBad(const std::string& reason) { return Status::Reject("still bad: " + reason); }

// All readings that the bytes hold; rejects when one of them is bad.
Result<Batch> DecodeAgain(const PipelineSpec& spec, const StreamSpec& stream,
                          const StoredDeadLetter& letter) {
  SLUICE_ASSIGN(DecodeSpec decode, DecodeSpecFor(spec, letter));
  decode.source = "dead letter";
  SLUICE_ASSIGN(const auto decoder, MakeDecoder(CodecOfDead(letter.entry.bytes), stream, decode));
  BatchBuilder builder(stream);
  for (std::string_view rest = letter.entry.bytes; !rest.empty();) {
    const Result<size_t> used = decoder->Decode(rest, true, builder);
    if (!used.ok()) return StillBad(used.status().message());
    if (*used == 0) return StillBad("it cannot be read");
    rest.remove_prefix(*used);
  }
  Batch batch = builder.Finish();
  if (!batch.dead.empty()) return StillBad(batch.dead.front().reason);
  if (batch.rows->num_rows() == 0) return Status::Reject("holds no reading");
  return batch;
}

// Waits for the append; its completion comes from a thread of the log.
Result<AppendOutcome> AppendAndWait(Log& log, const std::string& stream, Batch batch, OriginStep step) {
  auto promise = std::make_shared<std::promise<AppendOutcome>>();
  std::future<AppendOutcome> outcome = promise->get_future();
  SLUICE_TRY(log.Append(stream, std::move(batch), std::move(step),
                        [promise](AppendOutcome done) { promise->set_value(std::move(done)); }));
  return outcome.get();
}

// One at a time, so that only one is held whole.
Status ReplayOne(Pipeline& pipeline, int64_t id) {
  SLUICE_ASSIGN(const auto letters, pipeline.store()->DeadLetters({.ids = {id}, .bytes = kDeadBytesKept}));
  if (letters.empty()) return Status::Reject("is gone");
  const StoredDeadLetter& letter = letters.front();
  if (letter.entry.length > static_cast<int64_t>(letter.entry.bytes.size())) {
    return Status::Reject(fmt::format("only the first {} of its {} bytes were kept",
                                      letter.entry.bytes.size(), letter.entry.length));
  }
  const StreamSpec* stream = pipeline.spec().Stream(DeclaredStreamOf(letter.stream));
  if (stream == nullptr)
    return Status::Reject("its stream '" + letter.stream + "' is not in the pipeline file");
  SLUICE_ASSIGN(Batch batch, DecodeAgain(pipeline.spec(), *stream, letter));
  // By its place in the log: ids begin anew with a new store, positions never do.
  OriginStep step{.origin = fmt::format("dead/{}/{}/{}", letter.stream, letter.partition, letter.entry.at),
                  .from = 0,
                  .next = 1};
  SLUICE_ASSIGN(const AppendOutcome outcome,
                AppendAndWait(pipeline.log(), stream->name, std::move(batch), std::move(step)));
  if (outcome.kind == AppendOutcome::failed) return outcome.status;
  if (outcome.kind != AppendOutcome::done && outcome.kind != AppendOutcome::already) {
    return Status::Retry("another process is replaying it");
  }
  return pipeline.store()->DropDeadLetters({letter.id});
}

}  // namespace

CodecKind CodecOfDead(std::string_view bytes) {
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  const bool json = first == std::string_view::npos || bytes[first] == '{' || bytes[first] == '[';
  return json || bytes.find('\n') == std::string_view::npos ? CodecKind::json : CodecKind::csv;
}

Result<ReplayedDead> ReplayDeadLetters(Pipeline& pipeline, const std::vector<int64_t>& ids) {
  const DeadLettersQuery query{.ids = ids, .limit = static_cast<int64_t>(ids.size()), .bytes = 0};
  SLUICE_ASSIGN(const auto letters, pipeline.store()->DeadLetters(query));
  if (letters.size() != ids.size()) {
    return Status::Reject(
        fmt::format("{} of {} dead letters are not there", ids.size() - letters.size(), ids.size()));
  }
  ReplayedDead outcome;
  for (const StoredDeadLetter& letter : letters) {
    const Status done = ReplayOne(pipeline, letter.id);
    if (done.code() == Code::reject) {
      outcome.stayed.push_back({.id = letter.id, .reason = done.message()});
      continue;
    }
    if (!done.ok()) return done.In(fmt::format("{} replayed; dead letter {}", outcome.replayed, letter.id));
    ++outcome.replayed;
  }
  return outcome;
}

}  // namespace sluice
