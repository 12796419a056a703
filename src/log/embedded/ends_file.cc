#include "log/embedded/ends_file.h"

#include <algorithm>
#include <fstream>

#include "log/embedded/crc32c.h"
#include "log/embedded/small_files.h"
#include "log/embedded/wire.h"

namespace sluice::embedded {
namespace {
constexpr size_t kSlotBytes = 32;
}  // namespace

std::string EncodeEndsSlot(uint32_t stream, PartitionId partition, const Witness& witness) {
  WireWriter out;
  out.Put(stream);
  out.Put(partition);
  out.Put(witness.boot);
  out.Put(witness.next);
  out.Put(witness.reserved);
  const std::string fields = out.Take();
  WireWriter slot;
  slot.Put(Crc32c(fields));
  return slot.Take().append(fields);
}

Result<std::unique_ptr<EndsFile>> EndsFile::Open(rocksdb::FileSystem& files, const std::string& path,
                                                 uint32_t boot) {
  std::unique_ptr<EndsFile> ends(new EndsFile());
  ends->boot_ = boot;
  SLUICE_ASSIGN(const auto content, ReadSmallFile(files, path));
  if (content) {
    ends->Load(*content);
  } else {
    SLUICE_TRY(ReplaceSmallFile(files, path, ""));
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
    Witness witness;
    witness.boot = in.Get<uint32_t>();
    witness.next = in.Get<Position>();
    witness.reserved = in.Get<Position>();
    if (crc != Crc32c(content.substr(4, kSlotBytes - 4))) continue;
    slots_[{stream, partition}] = slot_count_;
    ends_[{stream, partition}] = witness;
  }
}

EndsByPartition DecodeEnds(std::string_view content) {
  EndsFile ends;
  ends.Load(content);
  return ends.ends_;
}

Status EndsFile::Write(uint32_t stream, PartitionId partition, const Witness& witness) {
  const auto [slot, fresh] = slots_.try_emplace({stream, partition}, slot_count_);
  if (fresh) ++slot_count_;
  noted_ = true;
  ends_[{stream, partition}] = witness;
  return FromIo(
      file_->Write(slot->second * kSlotBytes, EncodeEndsSlot(stream, partition, witness), kIo, nullptr),
      "cannot write the log's ends");
}

Status EndsFile::Reserve(uint32_t stream, PartitionId partition, Position next) {
  const auto known = ends_.find({stream, partition});
  const Witness old = known == ends_.end() ? Witness() : known->second;
  if (old.boot == boot_ && next <= old.reserved) return {};
  const Status written =
      Write(stream, partition, {.next = old.next, .reserved = next + kReserved, .boot = boot_});
  if (!written.ok()) ends_[{stream, partition}] = old;
  SLUICE_TRY(written);
  return Sync();
}

Status EndsFile::Sync() {
  if (!noted_) return {};
  noted_ = false;
  const rocksdb::IOStatus synced = file_->Sync(kIo, nullptr);
  return synced.ok() ? Status() : Status::Fatal("cannot sync the log's ends: " + synced.ToString());
}

void EndsFile::Note(uint32_t stream, PartitionId partition, Position next) {
  Witness witness = ends_[{stream, partition}];
  witness.next = next;
  (void)Write(stream, partition, witness);
}

void EndsFile::Close() {
  for (const auto& [partition, witness] : EndsByPartition(ends_)) {
    if (witness.boot != boot_) continue;
    (void)Write(partition.first, partition.second, {.next = witness.next, .reserved = witness.next});
  }
  (void)Sync();
}

Continuation ContinueFrom(Position in_database, const Witness& witness, uint32_t boot) {
  const Position given = std::max(in_database, witness.next);
  const bool exact = witness.boot == 0 || witness.boot == boot;
  return {.lost = given, .next = exact ? given : std::max(given, witness.reserved)};
}

uint32_t BootNumber() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id.empty() ? 1 : std::max(uint32_t{1}, Crc32c(id));
}

}  // namespace sluice::embedded
