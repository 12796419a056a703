// Gather: what a group stores. A large batch is stored as its appender encoded it; small ones that lie next
// to each other in a partition become one stored batch, so that a thousand single readings cost one encoding,
// one record and one decoding, not a thousand. Positions are given as they come, whichever way they are
// stored. On the committing thread; fails with retry when there is no memory, and then nothing of the group
// may be written.
#pragma once

#include "core/batch.h"
#include "log/embedded/batch_format.h"
#include "log/embedded/group.h"

namespace sluice::embedded {

// A batch below this is not worth a stored batch of its own.
inline constexpr int64_t kSmallBatchBytes = 32 << 10;

// Where entries go: a partition of a stream, in the stream's present schema.
struct Destination {
  StreamState* stream = nullptr;
  PartitionId partition = 0;
  uint32_t schema = 0;
};

// Gives the entries of `batch` the next positions and keeps them for StoreGathered. The first position.
Result<Position> Gather(Group& group, const Destination& place, Batch batch);
// Stores an encoded batch at the next positions, after what was gathered before it. The first position.
Result<Position> Store(Group& group, const Destination& place, const EncodedPayload& payload);
// Stores what is still gathered; once, after the last work of the group.
Status StoreGathered(Group& group);

}  // namespace sluice::embedded
