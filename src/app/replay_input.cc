#include "app/replay_input.h"

#include <algorithm>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <simdjson.h>

#include "api/render.h"
#include "codecs/codec.h"
#include "codecs/csv_record.h"
#include "platform/files.h"

namespace sluice {
namespace {

constexpr size_t kPiece = 1 << 20;
constexpr size_t kLongestRecord = 8 << 20;  // what a door takes at most

// A window over a file that grows until it holds a whole record.
class Window {
 public:
  static Result<Window> Open(const std::string& path) {
    SLUICE_ASSIGN(auto file, SystemFiles().OpenForRead(path));
    SLUICE_ASSIGN(const FileInfo info, file->Info());
    if (info.is_directory) return Status::Reject("is a directory");
    return Window(std::move(file), info.size);
  }

  std::string_view Unread() const { return std::string_view(bytes_).substr(used_); }
  bool at_end() const { return read_ >= size_; }
  double Share() const {
    const auto left = static_cast<double>(bytes_.size() - used_);
    return size_ == 0 ? 1 : (static_cast<double>(read_) - left) / static_cast<double>(size_);
  }

  Status ReadMore() {
    if (bytes_.size() - used_ > kLongestRecord) return Status::Reject("holds a record of more than 8 MiB");
    bytes_.erase(0, std::exchange(used_, 0));
    std::string piece;
    SLUICE_TRY(file_->ReadAt(read_, kPiece, &piece));
    if (piece.empty()) size_ = read_;  // it was cut short meanwhile
    read_ += static_cast<int64_t>(piece.size());
    bytes_ += piece;
    return {};
  }

  // The first `length` bytes, with a line end behind the last record of a file without one.
  std::string Take(size_t length) {
    std::string text(Unread().substr(0, length));
    used_ += length;
    if (!text.ends_with('\n')) text += '\n';
    return text;
  }

 private:
  Window(std::unique_ptr<ReadableFile> file, int64_t size) : file_(std::move(file)), size_(size) {}

  std::unique_ptr<ReadableFile> file_;
  int64_t size_;
  int64_t read_ = 0;
  std::string bytes_;
  size_t used_ = 0;
};

bool IsBlank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

class LinesInput : public ReplayInput {
 public:
  LinesInput(Window window, TimeReader times, const ReplayInputOptions& options)
      : window_(std::move(window)), times_(std::move(times)), options_(options) {}

  Result<bool> Next(ReplayRecord* record) override {
    while (true) {
      const std::string_view unread = window_.Unread();
      const size_t end = unread.find('\n');
      if (end == std::string_view::npos && !window_.at_end()) {
        SLUICE_TRY(window_.ReadMore());
        continue;
      }
      if (unread.empty()) return false;
      record->text = window_.Take(std::min(end, unread.size() - 1) + 1);
      if (IsBlank(record->text)) continue;
      record->time = TimeOfJson(record->text, options_.time_field, times_);
      return true;
    }
  }
  double Share() const override { return window_.Share(); }

 private:
  Window window_;
  const TimeReader times_;
  const ReplayInputOptions options_;
};

class CsvInput : public ReplayInput {
 public:
  CsvInput(Window window, TimeReader times) : window_(std::move(window)), times_(std::move(times)) {}

  Status ReadHeader(const ReplayInputOptions& options) {
    SLUICE_ASSIGN(const bool some, Cut(&header_));
    if (!some) return Status::Reject("is empty; CSV needs a header line");
    if (options.time_field.empty()) return {};
    const auto& cells = record_.cells();
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == options.time_field) column_ = i;
    }
    if (column_ < cells.size()) return {};
    return Status::Reject("has no column '" + options.time_field + "' for the time; see --time");
  }

  Result<bool> Next(ReplayRecord* record) override {
    SLUICE_ASSIGN(const bool some, Cut(&record->text));
    if (!some) return false;
    const bool has_time = whole_ && column_ < record_.cells().size();
    record->time = has_time ? time_ : std::nullopt;
    return true;
  }
  double Share() const override { return window_.Share(); }
  std::string Header() const override { return header_; }
  std::string ContentType() const override { return "text/csv"; }

 private:
  // The next record; one with a stray quote is passed on up to its line end, for the pipeline to judge.
  Result<bool> Cut(std::string* text) {
    while (true) {
      const std::string_view unread = window_.Unread();
      if (unread.empty() && window_.at_end()) return false;
      const CsvRecord::Result result =
          unread.empty() ? CsvRecord::more : record_.Read(unread, window_.at_end());
      if (result == CsvRecord::more && !window_.at_end()) {
        SLUICE_TRY(window_.ReadMore());
        continue;
      }
      whole_ = result == CsvRecord::whole;
      Note();
      *text = window_.Take(whole_ ? record_.length() : std::min(unread.find('\n'), unread.size() - 1) + 1);
      if (!IsBlank(*text)) return true;
    }
  }

  // What is wanted of the cells, which end with the window's next move.
  void Note() {
    if (!whole_) return;
    if (names_.empty()) {
      for (const CsvCell& cell : record_.cells()) names_.emplace_back(cell.text);
      if (!names_.empty() && names_[0].starts_with("\xef\xbb\xbf")) names_[0].erase(0, 3);
    } else if (column_ < record_.cells().size()) {
      time_ = TimeOfCell(record_.cells()[column_].text, times_);
    }
  }

  Window window_;
  const TimeReader times_;
  CsvRecord record_;
  bool whole_ = false;
  std::string header_;
  std::vector<std::string> names_;
  size_t column_ = std::string::npos;
  std::optional<Timestamp> time_;
};

class ParquetInput : public ReplayInput {
 public:
  ParquetInput(TimeReader times, const ReplayInputOptions& options)
      : times_(std::move(times)), options_(options) {}

  arrow::Status Open() {
    ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(options_.path));
    ARROW_ASSIGN_OR_RAISE(reader_, parquet::arrow::OpenFile(file, arrow::default_memory_pool()));
    reader_->set_batch_size(8192);
    rows_ = reader_->parquet_reader()->metadata()->num_rows();
    return reader_->GetRecordBatchReader().Value(&batches_);
  }

  Result<bool> Next(ReplayRecord* record) override {
    while (at_ == lines_.size()) {
      SLUICE_ASSIGN(const bool some, NextBatch());
      if (!some) return false;
    }
    const size_t end = lines_.find('\n', at_) + 1;
    record->text = lines_.substr(at_, end - at_);
    record->time = TimeOfJson(record->text, options_.time_field, times_);
    at_ = end;
    ++done_;
    return true;
  }
  double Share() const override {
    return rows_ == 0 ? 1 : static_cast<double>(done_) / static_cast<double>(rows_);
  }

 private:
  Result<bool> NextBatch() {
    std::shared_ptr<arrow::RecordBatch> batch;
    if (const auto read = batches_->ReadNext(&batch); !read.ok()) return Status::Reject(read.message());
    if (batch == nullptr) return false;
    const auto table = arrow::Table::FromRecordBatches({batch});
    if (!table.ok()) return Status::Reject(table.status().message());
    SLUICE_ASSIGN(http::Response rendered, api::Render(**table, api::Format::ndjson, {}));
    lines_ = std::move(rendered.body);
    at_ = 0;
    return true;
  }

  const TimeReader times_;
  const ReplayInputOptions options_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::string lines_;
  size_t at_ = 0;
  int64_t rows_ = 0;
  int64_t done_ = 0;
};

Result<std::unique_ptr<ReplayInput>> OpenAs(CodecKind codec, const ReplayInputOptions& options,
                                            TimeReader times) {
  if (codec == CodecKind::parquet) {
    auto input = std::make_unique<ParquetInput>(std::move(times), options);
    if (const auto opened = input->Open(); !opened.ok()) return Status::Reject(opened.message());
    return std::unique_ptr<ReplayInput>(std::move(input));
  }
  SLUICE_ASSIGN(Window window, Window::Open(options.path));
  if (codec != CodecKind::csv) {
    return std::unique_ptr<ReplayInput>(new LinesInput(std::move(window), std::move(times), options));
  }
  auto input = std::make_unique<CsvInput>(std::move(window), std::move(times));
  SLUICE_TRY(input->ReadHeader(options));
  return std::unique_ptr<ReplayInput>(std::move(input));
}

}  // namespace

Result<std::unique_ptr<ReplayInput>> ReplayInput::Open(const ReplayInputOptions& options) {
  const std::optional<CodecKind> codec = CodecFromPath(options.path);
  if (!codec)
    return Status::Reject(options.path + ": what is in it? Names end in .csv, .ndjson, .jsonl or .parquet");
  auto times = TimeReader::Make(options.time_format, "UTC");
  if (!times.ok()) return times.status().In("--time-format");
  auto input = OpenAs(*codec, options, *std::move(times));
  if (!input.ok()) return input.status().In(options.path);
  return input;
}

std::optional<Timestamp> TimeOfJson(const std::string& line, const std::string& field,
                                    const TimeReader& times) {
  if (field.empty()) return std::nullopt;
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element value;
  if (parser.parse(line)[field].get(value) != simdjson::SUCCESS) return std::nullopt;
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return TimeOfCell(text, times);
  return TimeOfCell(simdjson::minify(value), times);
}

std::optional<Timestamp> TimeOfCell(std::string_view cell, const TimeReader& times) {
  Timestamp time;
  std::string why;
  Decimal number;
  const bool read = times.WantsNumbers()
                        ? ParseDecimal(cell, &number) && times.FromNumber(number, &time, &why)
                        : times.FromText(cell, &time, &why);
  return read ? std::optional(time) : std::nullopt;
}

}  // namespace sluice
