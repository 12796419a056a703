#include "sinks/store/table_plan.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "sinks/store/sql_text.h"
#include "sinks/store/stream_sql.h"

namespace sluice {
namespace {

bool SameName(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

const TableColumn* Find(const std::vector<TableColumn>& columns, const std::string& name) {
  for (const TableColumn& column : columns) {
    if (SameName(column.name, name)) return &column;
  }
  return nullptr;
}

bool Holds(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& known) { return SameName(known, name); });
}

Status ColumnIsGone(const FoundTable& table, const TableColumn& column) {
  return Status::Reject(fmt::format(
      "table {0}: column {1} is gone, though readings were stored with it. If it was renamed, rename it "
      "back; "
      "otherwise take the field out of the pipeline file, or make the column again, which is then null for "
      "what was stored before: ALTER TABLE {0} ADD COLUMN {1} {2};",
      table.name, QuoteName(column.name), column.type));
}

Status TypeDiffers(const FoundTable& table, const TableColumn& stored, const TableColumn& wanted) {
  const std::string column = QuoteName(stored.name);
  const std::string values = table.converted(column, stored.type, wanted.type);
  const std::string convert =
      values.empty()
          ? ""
          : fmt::format(", or convert the column yourself: ALTER TABLE {} ALTER COLUMN {} TYPE {} USING {};",
                        table.name, column, wanted.type, values);
  return Status::Reject(
      fmt::format("table {}: field '{}' is stored as {} and declared as {}; sluice does not reinterpret "
                  "stored data. Declare it as before, give the field another name{}",
                  table.name, wanted.name, stored.type, wanted.type, convert));
}

// Those of the rows that retention has not taken.
std::string ExpiredOf(const std::string& stream) {
  return fmt::format(
      "coalesce((SELECT e.rows FROM sluice_expired e WHERE e.stream = {} AND e.\"partition\" = "
      "sluice_position.\"partition\"), 0)",
      QuoteText(stream));
}

std::string IsStoreJobOf(const std::string& stream) {
  return fmt::format("job = {} AND stream = {}", QuoteText(StoreJobOf(stream)), QuoteText(stream));
}

// From here on the next start makes the stream's table, if there is none, and counts what is missing as lost.
std::string GiveUp(const std::string& stream, const std::string& sluice_schema) {
  return fmt::format("DELETE FROM {} WHERE kind = 'stream' AND name = {};", sluice_schema, QuoteText(stream));
}

}  // namespace

StreamRoles RolesOf(const StreamSpec& stream) {
  const auto name = [&](int index) { return stream.fields[static_cast<size_t>(index)].name; };
  return {stream.key ? name(*stream.key) : "", name(stream.time)};
}

Result<std::vector<TableColumn>> PlanColumns(const FoundTable& table,
                                             const std::vector<TableColumn>& wanted) {
  std::vector<TableColumn> added;
  for (const TableColumn& column : wanted) {
    const TableColumn* stored = Find(table.columns, column.name);
    if (stored == nullptr && Holds(table.had, column.name)) return ColumnIsGone(table, column);
    if (stored != nullptr && stored->type != column.type) return TypeDiffers(table, *stored, column);
    if (stored == nullptr) added.push_back(column);
  }
  return added;
}

Status CheckKeyType(const StreamSpec& stream) {
  if (!stream.key) return {};
  const Field& key = stream.fields[static_cast<size_t>(*stream.key)];
  if (key.type == FieldType::text || key.type == FieldType::integer) return {};
  return Status::Reject(fmt::format("stream '{}': the key '{}' is a {}; a key must be a string or an int",
                                    stream.name, key.name, FieldTypeName(key.type)));
}

Status NotOurTable(const std::string& table) {
  return Status::Reject(
      fmt::format("table {0} exists but is not sluice's: rename it (ALTER TABLE {0} RENAME TO {1};) "
                  "or give the stream another name",
                  QuoteName(table), QuoteName(table + "_old")));
}

Status TableIsGone(const std::string& table, const std::string& stream, int64_t rows,
                   const std::string& sluice_schema) {
  return Status::Reject(fmt::format(
      "table {} is gone, and with it {} readings that were stored in it. Bring it back (from a backup, or by "
      "its old name), or give those readings up, which count as lost from then on: {}",
      table, rows, GiveUp(stream, sluice_schema)));
}

std::string RowsByTheBooks(const std::string& stream) {
  return fmt::format("SELECT CAST(coalesce(sum(stored - {}), 0) AS BIGINT) FROM sluice_position WHERE {}",
                     ExpiredOf(stream), IsStoreJobOf(stream));
}

std::string CountAsLost(const std::string& stream) {
  return fmt::format("UPDATE sluice_position SET lost = lost + stored - {0}, stored = {0} WHERE {1}",
                     ExpiredOf(stream), IsStoreJobOf(stream));
}

Status PartsAreGone(const std::string& summary, Timestamp expired, const std::string& sluice_schema) {
  return Status::Reject(fmt::format(
      "the table of summary '{}' is gone, and the raw readings until {} that it was made of have been "
      "retained "
      "away: bring it back from a backup, or give the old windows up: DELETE FROM {} WHERE kind = 'summary' "
      "AND name = {};",
      summary, FormatRfc3339(expired), sluice_schema, QuoteText(summary)));
}

Status DeclaredStream(const std::string& stream) {
  return Status::Reject(fmt::format(
      "stream '{0}' is declared: without its position the readings that its table holds would be stored "
      "again. Take the stream out of the pipeline file first",
      stream));
}

Status RawRowsAreGone(const std::string& summary, Timestamp oldest, Timestamp expired) {
  return Status::Reject(fmt::format(
      "summary '{0}' has changed, but the raw readings from {1} to {2} that its windows were "
      "made of have been retained away: declare it as before, give the new one another name, or give "
      "the old windows up: sluice forget summary.{0}",
      summary, FormatRfc3339(oldest), FormatRfc3339(expired)));
}

Status CheckRoles(const std::string& table, const StreamRoles& stored, const StreamRoles& declared) {
  if (stored == declared) return {};
  const bool key = stored.key != declared.key;
  return Status::Reject(fmt::format(
      "stream '{0}': its {1} was '{2}' and is now '{3}'; order, directory and summaries of the "
      "stored rows go by it. "
      "Declare it as before, or start a new stream; to give up what is stored: ALTER TABLE {4} "
      "RENAME TO {5}; {6}",
      table, key ? "key" : "time", key ? stored.key : stored.time, key ? declared.key : declared.time,
      QuoteName(table), QuoteName(table + "_old"), GiveUp(table, "sluice_schema")));
}

}  // namespace sluice
