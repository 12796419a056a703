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
