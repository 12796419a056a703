#include "codecs/csv_decoder.h"

#include <algorithm>

#include <fmt/format.h>

#include "codecs/text.h"
#include "core/json_text.h"
#include "core/utf8.h"

namespace sluice {
namespace {

constexpr const char* kBadQuote = "a quote is not closed or stands inside a cell";

// The length of the blank line at the start of `input`, 0 when there is none (or not yet).
size_t BlankLine(std::string_view input, bool final) {
  if (input.front() == '\n') return 1;
  if (input.front() != '\r') return 0;
  if (input.size() == 1) return final ? 1 : 0;
  return input[1] == '\n' ? 2 : 0;
}

std::string_view WithoutLineEnd(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

Result<size_t> CsvDecoder::Decode(std::string_view input, bool final, BatchBuilder& out) {
  SLUICE_TRY(failure_);
  size_t used = long_.active() ? SkipLongLine(input, final, &line_, out) : 0;
  if (!started_) {
    if (NeedsMoreForMark(input, final, &used)) return size_t{0};
    started_ = true;
  }
  while (used < input.size() && !out.Full() && !long_.active()) {
    auto step = Step(input.substr(used), final, out);
    if (!step.ok()) {
      failure_ = step.status();
      return failure_;
    }
    if (*step == 0) break;
    used += *step;
  }
  return used;
}

Result<size_t> CsvDecoder::Step(std::string_view input, bool final, BatchBuilder& out) {
  if (const size_t blank = BlankLine(input, final); blank > 0) {
    ++line_;
    return blank;
  }
  const CsvRecord::Result result = record_.Read(input, final);
  if (result == CsvRecord::more && !final && input.size() <= max_reading()) return size_t{0};
  const bool header = header_text_.empty();
  if (result == CsvRecord::whole) {
    const std::string_view record = input.substr(0, record_.length());
    if (!header) return Finish(record, out);
    SLUICE_TRY(SetHeader(record));
    line_ += std::count(record.begin(), record.end(), '\n');
    return record.size();
  }
  if (header)
    return Status::Reject(fmt::format("{}: the CSV header cannot be read: {}", spec().source, kBadQuote));
  return DropLine(input, kBadQuote, final, out);
}

size_t CsvDecoder::Finish(std::string_view record, BatchBuilder& out) {
  const size_t content = record.size() - (record.back() == '\n' ? 1 : 0);
  if (content > max_reading()) return DropLine(record, kBadQuote, true, out);
  if (record_.cells().size() != header_.size()) {
    return DropLine(record,
                    fmt::format("has {} cells, the header has {}", record_.cells().size(), header_.size()),
                    true, out);
  }
  const char* reason = ReadCells(out);
  if (reason == nullptr) reason = out.EndReading();
  if (reason != nullptr) out.Abandon(reason, Place(line_), WithHeader(record));
  line_ += record_.one_line() ? 1 : std::count(record.begin(), record.end(), '\n');
  return record.size();
}

size_t CsvDecoder::DropLine(std::string_view input, std::string reason, bool final, BatchBuilder& out) {
  const size_t newline = input.find('\n');
  const bool ended = newline != std::string_view::npos;
  const std::string_view line = input.substr(0, newline);
  if (line.size() > max_reading()) reason = TooLong();
  if (!ended && !final) {
    if (line.size() <= max_reading()) return 0;
    long_.Begin(std::move(reason), Place(line_));
    return SkipLongLine(input, final, &line_, out);
  }
  const bool whole = line.size() <= max_reading();
  out.Abandon(std::move(reason), Place(line_), whole ? WithHeader(line) : std::string(line));
  if (ended) ++line_;
  return line.size() + (ended ? 1 : 0);
}

std::string CsvDecoder::WithHeader(std::string_view record) const {
  return header_text_ + std::string(WithoutLineEnd(record));
}

const char* CsvDecoder::ReadCells(BatchBuilder& out) {
  extra_ = "{";
  for (size_t i = 0; i < header_.size(); ++i) {
    const CsvCell& cell = record_.cells()[i];
    if (cell.text.empty() && !cell.quoted) continue;
    for (const int field : header_[i].fields) {
      if (const char* reason = plan().SetCell(field, cell.text, out)) return reason;
    }
    if (!header_[i].unknown) continue;
    if (const char* reason = ReadUnknown(header_[i], cell)) return reason;
  }
  if (const char* reason = plan().SetConstants(out)) return reason;
  if (extra_.size() > 1) out.SetExtra(extra_ += '}');
  return nullptr;
}

const char* CsvDecoder::ReadUnknown(const HeaderColumn& column, const CsvCell& cell) {
  const UnknownFields unknown = plan().stream().unknown;
  if (unknown == UnknownFields::ignore) return nullptr;
  reason_ = fmt::format("unknown field '{}'", Excerpt(column.name));
  if (unknown == UnknownFields::reject) return reason_.c_str();
  if (!IsUtf8(cell.text)) {
    reason_ += ": the text is not UTF-8";
    return reason_.c_str();
  }
  if (extra_.size() > 1) extra_ += ',';
  AppendJsonText(column.name, &extra_);
  extra_ += ':';
  AppendJsonText(cell.text, &extra_);
  return nullptr;
}

CsvDecoder::HeaderColumn CsvDecoder::Resolve(const CsvCell& cell) {
  std::string_view name = cell.text;
  while (!name.empty() && (name.front() == ' ' || name.front() == '\t')) name.remove_prefix(1);
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
  HeaderColumn column{.name = std::string(name)};
  bool constant = false;
  for (size_t field = 0; field < plan().stream().fields.size(); ++field) {
    if (plan().IsConstant(field)) {
      constant |= plan().stream().fields[field].name == name;
    } else if (plan().Path(field) == name) {
      column.fields.push_back(static_cast<int>(field));
    }
  }
  column.unknown = column.fields.empty() && !constant && !name.empty();
  return column;
}

Status CsvDecoder::SetHeader(std::string_view text) {
  header_.clear();
  for (const CsvCell& cell : record_.cells()) header_.push_back(Resolve(cell));
  header_text_ = text;
  return CheckHeader();
}

Status CsvDecoder::CheckHeader() const {
  std::string names;
  for (const HeaderColumn& column : header_) {
    if (!IsUtf8(column.name)) {
      return Status::Reject(fmt::format("{}: the CSV header is not UTF-8", spec().source));
    }
    const auto twice = std::count_if(header_.begin(), header_.end(),
                                     [&](const HeaderColumn& other) { return other.name == column.name; });
    if (twice > 1 && !column.name.empty()) {
      return Status::Reject(
          fmt::format("{}: the CSV header names the column '{}' twice", spec().source, Excerpt(column.name)));
    }
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", Excerpt(column.name));
  }
  const StreamSpec& stream = plan().stream();
  for (size_t i = 0; i < stream.fields.size(); ++i) {
    const auto index = static_cast<int>(i);
    const bool needed = stream.fields[i].required || stream.key == index || stream.time == index;
    const bool found = std::any_of(header_.begin(), header_.end(), [&](const HeaderColumn& column) {
      return std::find(column.fields.begin(), column.fields.end(), index) != column.fields.end();
    });
    if (!needed || found || plan().IsConstant(i)) continue;
    return Status::Reject(
        fmt::format("{}: the CSV header has no column '{}' for the required field '{}', only {}: "
                    "say which column it is with map, or give a constant with set",
                    spec().source, plan().Path(i), stream.fields[i].name, names));
  }
  return {};
}

std::string CsvDecoder::State() const {
  return StateText::Number("line", line_) + StateText::Number("started", started_ ? 1 : 0) +
         StateText::Text("header", header_text_);
}

Status CsvDecoder::Restore(std::string_view state) {
  StateText values;
  if (!values.Parse(state)) return Status::Reject("the state of the decoder is damaged");
  line_ = state.empty() ? 1 : values.Number("line");
  started_ = values.Number("started") != 0;
  long_ = LongReading();
  failure_ = {};
  header_.clear();
  header_text_.clear();
  const std::string header = values.Text("header");
  if (header.empty()) return {};
  if (record_.Read(header, true) != CsvRecord::whole)
    return Status::Reject("the state of the decoder is damaged");
  return SetHeader(header);
}

}  // namespace sluice
