// RecordMerge: the records of the default column family put together from whatever files still hold them, old
// and new, in any order. That order is not needed: every record grows in one direction only (ends and epochs
// rise, streams widen), so the farther of two is the newer. A record that was deleted may come back; what
// could do harm then (segments, holes below the low end) is left out or counted anew. One thread at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/status.h"

namespace sluice::embedded {

class RecordMerge {
 public:
  // A record that does not decode is passed over.
  void Add(std::string_view key, std::string_view value);
  // The records of a log with this id; streams have all the partitions that anything was found of.
  std::map<std::string, std::string> Take(const std::string& id);
  // The id of the log; empty when no record of it was found.
  std::string id() const;

 private:
  std::map<std::string, std::string> records_;
};

std::string EncodeIdentityRecord(const std::string& id);
// The id; reject: of another version, or damaged.
Result<std::string> DecodeIdentityRecord(std::string_view bytes);

}  // namespace sluice::embedded
