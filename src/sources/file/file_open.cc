// The part of FileSet that opens inputs: files, the standard input, and the whole of them sorted.
#include <fmt/format.h>

#include "core/hash.h"
#include "sources/file/bytes_reader.h"
#include "sources/file/file_set.h"
#include "sources/file/sorted_reader.h"

namespace sluice {
namespace {

// Paced readings are cut small, so that little is held back while it is not yet due.
constexpr int64_t kPacedEntries = 1024;
constexpr int64_t kEntries = 65536;

}  // namespace

Status FileSet::Open(TrackedFile& file) {
  if (file.reader == nullptr) {
    SLUICE_TRY(OpenHandle(file));
    auto reader = MakeReader(file.path, *file.handle);
    if (!reader.ok()) {
      file.handle.reset();  // a whole file may come in its place
      return reader.status();
    }
    file.reader = *std::move(reader);
  }
  SLUICE_TRY(ClaimFile(file, intake_));
  if (file.round < round_) {
    file.round = round_;
    SLUICE_TRY(file.BeginContent());
  }
  round_ = file.round;
  file.opened = true;
  return {};
}

// The name may stand for another file than the one that was listed.
Status FileSet::OpenHandle(TrackedFile& file) {
  SLUICE_ASSIGN(auto handle, parts_.files.OpenForRead(file.path));
  SLUICE_ASSIGN(file.seen, handle->Info());
  if (file.seen.inode != file.inode) {
    if (spec_.follow) return Status::Retry("was replaced; looks for it under other names");
    file.inode = file.seen.inode;
    file.origin = OriginOf(file.inode);
  }
  file.handle = std::move(handle);
  return {};
}

std::string FileSet::OriginOf(uint64_t inode) const { return fmt::format("file/{}/{:x}", spec_.name, inode); }

Status FileSet::OpenPipe() {
  auto file = std::make_unique<TrackedFile>();
  file->path = "standard input";
  SLUICE_ASSIGN(file->reader, MakeBytesReader(spec_.path, PipeInput(parts_.standard_input)));
  file->opened = file->more = true;
  files_.push_back(std::move(file));
  return {};
}

// One input of them all; what is known of its content is what is known of theirs.
Status FileSet::OpenSorted() {
  SLUICE_ASSIGN(const std::vector<std::string> paths, parts_.files.Glob(spec_.path));
  if (paths.empty()) return Status::Retry("waits for " + spec_.path + ": no such file");
  auto reader = std::make_unique<SortedReader>(intake_.stream(), spec_.max_sorted.bytes);
  std::string contents;
  int64_t size = 0;
  for (const std::string& path : paths) {
    SLUICE_ASSIGN(auto handle, parts_.files.OpenForRead(path));
    SLUICE_ASSIGN(const FileInfo info, handle->Info());
    SLUICE_TRY(CheckIsFile(path, info));
    SLUICE_ASSIGN(const Prefix prefix, HashPrefix(*handle));
    size += info.size;
    contents += fmt::format("{} {} {}\n", info.inode, info.size, prefix.hash);
    auto input = MakeReader(path, *handle);
    if (!input.ok()) return input.status().In(path);
    reader->Add(std::move(handle), *std::move(input));
  }
  auto file = std::make_unique<TrackedFile>();
  file->path = spec_.path;
  file->seen.size = size;
  file->origin = fmt::format("file/{}/sorted", spec_.name);
  file->reader = std::move(reader);
  file->prefix = {static_cast<int64_t>(contents.size()), Sha256Hex(contents)};
  SLUICE_TRY(ClaimFile(*file, intake_));
  round_ = file->round;
  file->opened = file->more = true;
  files_.push_back(std::move(file));
  listed_ = true;
  return {};
}

// A dead letter names the file that it came from.
DecodeSpec FileSet::DecodeOf(const std::string& path) const {
  DecodeSpec decode = spec_.decode;
  if (path != "-") decode.source += " " + path.substr(path.rfind('/') + 1);
  return decode;
}

Result<std::unique_ptr<FileReader>> FileSet::MakeReader(const std::string& path, ReadableFile& handle) const {
  if (IsCompressed(path)) return Status::Reject("is compressed; unpack it first");
  if (CodecOf(path) != CodecKind::parquet) return MakeBytesReader(path, FileInput(handle));
  if (spec_.follow) return Status::Reject("a Parquet file cannot be followed: it is written at once");
  return parts_.open_parquet(handle, intake_.stream(), DecodeOf(path),
                             spec_.speed > 0 ? kPacedEntries : kEntries);
}

CodecKind FileSet::CodecOf(const std::string& path) const {
  return spec_.codec.value_or(CodecFromPath(path).value_or(CodecKind::json));
}

Result<std::unique_ptr<FileReader>> FileSet::MakeBytesReader(const std::string& path,
                                                             std::unique_ptr<ByteInput> input) const {
  SLUICE_ASSIGN(auto decoder, parts_.make_decoder(CodecOf(path), intake_.stream(), DecodeOf(path)));
  const int64_t entries = spec_.speed > 0 ? kPacedEntries : kEntries;
  return std::unique_ptr<FileReader>(std::make_unique<BytesReader>(
      std::move(input), std::move(decoder), intake_.stream(), spec_.decode.max_reading, entries));
}

}  // namespace sluice
