// What a stream's table must become: the columns to add, or the reason why the change is refused. Shared by
// both databases; types are compared as the database itself writes them. Pure functions over values.
#pragma once

#include <string>
#include <vector>

#include "core/schema.h"

namespace sluice {

struct TableColumn {
  std::string name;
  std::string type;  // as the database writes it
  bool operator==(const TableColumn&) const = default;
};

// What the store remembers of a stream besides its columns: changing it would reinterpret what is stored.
struct StreamRoles {
  std::string key;   // field, "" without
  std::string time;  // field
  bool operator==(const StreamRoles&) const = default;
};
StreamRoles RolesOf(const StreamSpec& stream);

// Columns of `wanted` that `existing` lacks. A column that is no longer wanted stays and gets nulls. Rejects
// another type, with the SQL a person could run. Names are compared without regard to case, as the databases
// do.
Result<std::vector<TableColumn>> PlanColumns(const std::string& table,
                                             const std::vector<TableColumn>& existing,
                                             const std::vector<TableColumn>& wanted);

// Rejects a key of a type whose text the database writes otherwise than log/partitioner.h, which the key
// directory and the API go by.
Status CheckKeyType(const StreamSpec& stream);
// The refusal of a table that a stream would take over.
Status NotOurTable(const std::string& table);
// The refusal to forget the job of a stream that is declared.
Status DeclaredStream(const std::string& stream);
// The refusal of a changed summary whose windows reach back to `oldest` when raw rows are gone until
// `expired`.
Status RawRowsAreGone(const std::string& summary, Timestamp oldest, Timestamp expired);

// Rejects another key or time field than the stored rows were kept by.
Status CheckRoles(const std::string& table, const StreamRoles& stored, const StreamRoles& declared);

}  // namespace sluice
