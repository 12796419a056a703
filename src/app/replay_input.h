// ReplayInput: a file of readings cut into records for `sluice replay`: lines of NDJSON, records of CSV, rows
// of Parquet (as JSON lines). Records are passed on as they are; the pipeline decodes them and keeps the bad
// ones. Made by the command; one thread. Rejects a file of another kind, one without a header, or one without
// the time that was asked for.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "codecs/time_reader.h"
#include "core/status.h"
#include "core/time.h"

namespace sluice {

struct ReplayRecord {
  std::string text;               // with its line end
  std::optional<Timestamp> time;  // where one was asked for and could be read
};

struct ReplayInputOptions {
  std::string path;
  std::string time_field;   // "": nobody asks for times
  std::string time_format;  // as in the pipeline file
};

class ReplayInput {
 public:
  static Result<std::unique_ptr<ReplayInput>> Open(const ReplayInputOptions& options);
  virtual ~ReplayInput() = default;

  // False at the end.
  virtual Result<bool> Next(ReplayRecord* record) = 0;
  // Of the input, in [0, 1].
  virtual double Share() const = 0;
  // What every body starts with: the header line of CSV.
  virtual std::string Header() const { return ""; }
  virtual std::string ContentType() const { return "application/x-ndjson"; }
};

// The time of a JSON line, or of a cell of CSV; nothing when there is none or it cannot be read.
std::optional<Timestamp> TimeOfJson(const std::string& line, const std::string& field,
                                    const TimeReader& times);
std::optional<Timestamp> TimeOfCell(std::string_view cell, const TimeReader& times);

}  // namespace sluice
