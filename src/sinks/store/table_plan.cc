#include "sinks/store/table_plan.h"

#include <cctype>

#include <fmt/format.h>

#include "sinks/store/sql_text.h"

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

}  // namespace

StreamRoles RolesOf(const StreamSpec& stream) {
  const auto name = [&](int index) { return stream.fields[static_cast<size_t>(index)].name; };
  return {stream.key ? name(*stream.key) : "", name(stream.time)};
}

Result<std::vector<TableColumn>> PlanColumns(const std::string& table,
                                             const std::vector<TableColumn>& existing,
                                             const std::vector<TableColumn>& wanted) {
  std::vector<TableColumn> added;
  for (const TableColumn& column : wanted) {
    const TableColumn* stored = Find(existing, column.name);
    if (stored == nullptr) {
      added.push_back(column);
    } else if (stored->type != column.type) {
      return Status::Reject(
          fmt::format("table {0}: field '{1}' is stored as {2} and declared as {3}; sluice does not "
                      "reinterpret stored data. "
                      "Declare it as before, give the field another name, or convert the column yourself: "
                      "ALTER TABLE {0} ALTER COLUMN {4} TYPE {3};",
                      QuoteName(table), column.name, stored->type, column.type, QuoteName(stored->name)));
    }
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
  return Status::Reject(
      fmt::format("stream '{0}': its {1} was '{2}' and is now '{3}'; order, directory and summaries of the "
                  "stored rows go by it. "
                  "Declare it as before, or start a new stream; to give up what is stored: ALTER TABLE {4} "
                  "RENAME TO {5};",
                  table, key ? "key" : "time", key ? stored.key : stored.time,
                  key ? declared.key : declared.time, QuoteName(table), QuoteName(table + "_old")));
}

}  // namespace sluice
