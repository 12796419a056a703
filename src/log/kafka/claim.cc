#include "log/kafka/claim.h"

#include "log/embedded/wire.h"

namespace sluice::kafka {

std::string Claim::Encode() const {
  embedded::WireWriter out;
  out.Put(static_cast<uint8_t>(expires ? 2 : keyed ? 1 : 0));
  out.Put(epoch);
  out.PutText(writer);
  out.Put(static_cast<uint32_t>(older.size()));
  for (const std::string& each : older) out.PutText(each);
  return out.Take();
}

std::optional<Claim> Claim::Decode(std::string_view bytes) {
  embedded::WireReader in(bytes);
  Claim claim;
  const auto kind = in.Get<uint8_t>();
  claim.keyed = kind >= 1;
  claim.expires = kind == 2;
  claim.epoch = in.Get<Offset>();
  claim.writer = in.GetText();
  const auto count = in.Get<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) claim.older.emplace(in.GetText());
  if (!in.Done()) return std::nullopt;
  return claim;
}

OriginRecord OriginEntry::At(Timestamp now) const {
  OriginRecord record = step && !step->ExpiredAt(now) ? *step : OriginRecord();
  record.epoch = claim && !claim->keyed ? static_cast<uint64_t>(claim->epoch) : 0;
  return record;
}

}  // namespace sluice::kafka
