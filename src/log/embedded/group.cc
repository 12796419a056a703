#include "log/embedded/group.h"

namespace sluice::embedded {

OriginRecord Group::Origin(const std::string& origin, Status* failure) {
  const auto earlier = origins.find(origin);
  if (earlier != origins.end()) return earlier->second;
  std::string bytes;
  const rocksdb::Status read =
      database.db().Get(rocksdb::ReadOptions(), database.meta(), OriginKey(origin), &bytes);
  if (read.IsNotFound()) return {};
  if (!read.ok()) {
    *failure = database.FromRocks(read, "cannot read an origin");
    return {};
  }
  auto record = DecodeOrigin(bytes);
  if (!record) {
    *failure = Status::Reject("damaged record of origin " + origin);
    return {};
  }
  if (record->ExpiredAt(now)) return {.epoch = record->epoch};
  return *std::move(record);
}

void Group::PutOrigin(const std::string& origin, const OriginRecord& record) {
  (void)writes.Put(database.meta(), OriginKey(origin), EncodeOrigin(record));
  if (record.expires) (void)writes.Put(database.meta(), ExpiryKey(*record.expires, origin), "");
  origins[origin] = record;
}

}  // namespace sluice::embedded
