#include "log/embedded/keys.h"

namespace sluice::embedded {
namespace {

template <class Number>
void AppendBigEndian(std::string& key, Number number) {
  for (int shift = static_cast<int>(sizeof number) * 8 - 8; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(static_cast<uint64_t>(number) >> shift));
  }
}

uint64_t BigEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = (number << 8) | static_cast<unsigned char>(byte);
  return number;
}

void AppendPlace(std::string& key, const EntryPlace& place) {
  AppendBigEndian(key, place.stream);
  AppendBigEndian(key, place.partition);
  AppendBigEndian(key, place.position);
}

}  // namespace

std::string BatchKey(const EntryPlace& place) {
  std::string key;
  AppendPlace(key, place);
  return key;
}

std::optional<EntryPlace> ParseBatchKey(std::string_view key) {
  if (key.size() != 16) return std::nullopt;
  return EntryPlace{static_cast<StreamId>(BigEndian(key.substr(0, 4))),
                    static_cast<PartitionId>(BigEndian(key.substr(4, 4))),
                    static_cast<Position>(BigEndian(key.substr(8)))};
}

std::string StreamKey(StreamId stream) {
  std::string key(1, static_cast<char>(Kind::stream));
  AppendBigEndian(key, stream);
  return key;
}

std::string SchemaKey(StreamId stream, uint32_t schema) {
  std::string key(1, static_cast<char>(Kind::schema));
  AppendBigEndian(key, stream);
  AppendBigEndian(key, schema);
  return key;
}

std::string EndsKey(StreamId stream, PartitionId partition) {
  std::string key(1, static_cast<char>(Kind::ends));
  AppendBigEndian(key, stream);
  AppendBigEndian(key, partition);
  return key;
}

std::string PlaceKey(Kind kind, const EntryPlace& place) {
  std::string key(1, static_cast<char>(kind));
  AppendPlace(key, place);
  return key;
}

std::string OriginKey(std::string_view origin) {
  return static_cast<char>(Kind::origin) + std::string(origin);
}

std::string ExpiryKey(Timestamp at, std::string_view origin) {
  std::string key(1, static_cast<char>(Kind::expiry));
  AppendBigEndian(key, ToMicros(at));
  key.append(origin);
  return key;
}

std::optional<std::pair<uint32_t, uint32_t>> ParseTwoNumbers(std::string_view key) {
  if (key.size() != 9) return std::nullopt;
  return std::pair(static_cast<uint32_t>(BigEndian(key.substr(1, 4))),
                   static_cast<uint32_t>(BigEndian(key.substr(5))));
}

std::optional<EntryPlace> ParsePlaceKey(std::string_view key) {
  return key.empty() ? std::nullopt : ParseBatchKey(key.substr(1));
}

std::optional<std::pair<Timestamp, std::string>> ParseExpiryKey(std::string_view key) {
  if (key.size() < 9) return std::nullopt;
  return std::pair(FromMicros(static_cast<int64_t>(BigEndian(key.substr(1, 8)))), std::string(key.substr(9)));
}

}  // namespace sluice::embedded
