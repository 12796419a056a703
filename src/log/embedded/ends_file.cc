#include "log/embedded/ends_file.h"

#include "log/embedded/crc32c.h"
#include "log/embedded/small_files.h"
#include "log/embedded/wire.h"

namespace sluice::embedded {
namespace {
constexpr size_t kSlotBytes = 24;
const rocksdb::IOOptions kIo;
}  // namespace

std::string EncodeEndsSlot(uint32_t stream, PartitionId partition, Position next) {
  WireWriter out;
  out.Put(stream);
  out.Put(partition);
  out.Put(uint32_t{0});
  out.Put(next);
  const std::string fields = out.Take();
  WireWriter slot;
  slot.Put(Crc32c(fields));
  return slot.Take().append(fields);
}

Result<std::unique_ptr<EndsFile>> EndsFile::Open(rocksdb::FileSystem& files, const std::string& path) {
  std::unique_ptr<EndsFile> ends(new EndsFile());
  SLUICE_ASSIGN(const auto content, ReadSmallFile(files, path));
  if (content) {
    ends->Load(*content);
  } else {
    SLUICE_TRY(FromIo(rocksdb::WriteStringToFile(&files, "", path, true), "cannot make " + path));
  }
  SLUICE_TRY(FromIo(files.NewRandomRWFile(path, rocksdb::FileOptions(), &ends->file_, nullptr),
                    "cannot open " + path));
  return ends;
}

void EndsFile::Load(std::string_view content) {
  for (; content.size() >= kSlotBytes; content.remove_prefix(kSlotBytes), ++slot_count_) {
    WireReader in(content.substr(0, kSlotBytes));
    const auto crc = in.Get<uint32_t>();
    const auto stream = in.Get<uint32_t>();
    const auto partition = in.Get<PartitionId>();
    (void)in.Get<uint32_t>();
    const auto next = in.Get<Position>();
    if (crc != Crc32c(content.substr(4, kSlotBytes - 4))) continue;
    slots_[{stream, partition}] = slot_count_;
    ends_[{stream, partition}] = next;
  }
}

EndsByPartition DecodeEnds(std::string_view content) {
  EndsFile ends;
  ends.Load(content);
  return ends.ends_;
}

void EndsFile::Note(uint32_t stream, PartitionId partition, Position next) {
  const auto [slot, fresh] = slots_.try_emplace({stream, partition}, slot_count_);
  if (fresh) ++slot_count_;
  ends_[{stream, partition}] = next;
  (void)file_->Write(slot->second * kSlotBytes, EncodeEndsSlot(stream, partition, next), kIo, nullptr);
}

void EndsFile::Sync() { (void)file_->Sync(kIo, nullptr); }

}  // namespace sluice::embedded
