// Which partition a key belongs to: Kafka's murmur2 as Java clients compute it, so that a stream keeps its
// partitions when its log changes from embedded to Kafka. Source of the algorithm: the default partitioner of
// Apache Kafka (toPositive(murmur2(keyBytes)) % partitions). Pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "core/batch.h"
#include "core/schema.h"

namespace sluice {

uint32_t Murmur2(std::string_view bytes);
PartitionId PartitionOf(std::string_view key, int partitions);

// The text of a stream's key in one row, as messages, the API and partitioning use it (integers in decimal).
std::string KeyText(const arrow::Array& column, int64_t row);

// The batch split by the key of its rows, in order; index = partition. Dead entries go to partition 0. `at`
// of dead entries is renumbered to the part they are in. A stream without key has everything in partition 0.
std::vector<Batch> SplitByPartition(const StreamSpec& stream, Batch batch);

}  // namespace sluice
