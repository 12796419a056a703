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

// A stream's table as it was found.
struct FoundTable {
  std::string name;  // as SQL names it: "public"."readings"
  std::vector<TableColumn> columns;
  std::vector<std::string> had;  // names of the columns that sluice has stored rows with
  // The values of a column of one type as another, in SQL; "" when there is no such conversion.
  std::string (*converted)(const std::string& column, const std::string& from, const std::string& to);
};

// Columns of `wanted` that the table lacks. A column that is no longer wanted stays and gets nulls. Rejects
// another type, and a column that somebody removed, with the SQL a person could run. Names are compared
// without regard to case, as the databases do.
Result<std::vector<TableColumn>> PlanColumns(const FoundTable& table, const std::vector<TableColumn>& wanted);

// Rejects a key of a type whose text the database writes otherwise than log/partitioner.h, which the key
// directory and the API go by.
Status CheckKeyType(const StreamSpec& stream);
// The refusal of a table that a stream would take over.
Status NotOurTable(const std::string& table);
// The refusal to make a table anew that somebody removed, with the rows that the books say it holds. Both
// tables as SQL names them. Once sluice_schema does not know the stream any more, the rows count as lost.
Status TableIsGone(const std::string& table, const std::string& stream, int64_t rows,
                   const std::string& sluice_schema);
// How many rows the books say that the table of a stream holds; counting them as lost, when it is made anew.
std::string RowsByTheBooks(const std::string& stream);
std::string CountAsLost(const std::string& stream);
// The refusal to forget the job of a stream that is declared.
Status DeclaredStream(const std::string& stream);
// The refusal to build a summary again whose parts somebody removed, when raw rows are gone until `expired`.
Status PartsAreGone(const std::string& summary, Timestamp expired, const std::string& sluice_schema);
// The refusal of a changed summary whose windows reach back to `oldest` when raw rows are gone until
// `expired`.
Status RawRowsAreGone(const std::string& summary, Timestamp oldest, Timestamp expired);

// Rejects another key or time field than the stored rows were kept by.
Status CheckRoles(const std::string& table, const StreamRoles& stored, const StreamRoles& declared);

}  // namespace sluice
