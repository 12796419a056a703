// The comparator of P6: DuckDB's own C API fills data chunks column by column and appends them to a table of
// the shape that the store's has, one transaction for each ROWS rows; no key directory, no fence, no
// position. The database has the store's settings: as many threads and as much memory, and no checkpoint
// within a commit. duckdb_appender ROWS COMMITS DIRECTORY
#include <cstring>

#include <duckdb.h>

#include "../input.h"
#include "../measure.h"

namespace {

constexpr const char* kUsage = "duckdb_appender ROWS COMMITS DIRECTORY";
constexpr const char* kTable =
    "CREATE TABLE readings (sensor_id VARCHAR, timestamp TIMESTAMPTZ, temperature DOUBLE, humidity DOUBLE, "
    "ingested_at TIMESTAMPTZ, _partition INTEGER, _position BIGINT)";

void Check(duckdb_state state, const char* what) {
  if (state != DuckDBSuccess) bench::Fail(what);
}

// The rows of one transaction, a vector a column, the sensors' names end to end.
struct Columns {
  std::string names;
  std::vector<uint32_t> ends = {0};
  std::vector<int64_t> times;
  std::vector<double> temperatures;
  std::vector<double> humidities;
  std::vector<int64_t> arrivals;
  std::vector<int32_t> partitions;
  std::vector<int64_t> positions;
};

Columns MakeColumns(int64_t first, int64_t rows) {
  Columns columns;
  for (int64_t i = first; i < first + rows; ++i) {
    const bench::Values values = bench::ValuesAt(i);
    columns.names += values.sensor;
    columns.ends.push_back(static_cast<uint32_t>(columns.names.size()));
    columns.times.push_back(values.micros);
    columns.temperatures.push_back(values.temperature);
    columns.humidities.push_back(values.humidity);
    columns.arrivals.push_back(bench::kStartMicros);
    columns.partitions.push_back(0);
    columns.positions.push_back(i);
  }
  return columns;
}

template <class Value>
void Copy(duckdb_data_chunk chunk, idx_t column, const std::vector<Value>& from, size_t at, size_t rows) {
  void* to = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, column));
  std::memcpy(to, from.data() + at, rows * sizeof(Value));
}

// Short texts lie in the vector itself, as the C API documents; longer ones are handed over.
void CopyNames(duckdb_data_chunk chunk, const Columns& columns, size_t at, size_t rows) {
  duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, 0);
  auto* to = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  for (size_t i = 0; i < rows; ++i) {
    const char* name = columns.names.data() + columns.ends[at + i];
    const uint32_t length = columns.ends[at + i + 1] - columns.ends[at + i];
    if (length > sizeof to->value.inlined.inlined) {
      duckdb_vector_assign_string_element_len(vector, i, name, length);
      continue;
    }
    to[i] = {};
    to[i].value.inlined.length = length;
    std::memcpy(to[i].value.inlined.inlined, name, length);
  }
}

duckdb_data_chunk MakeChunk(duckdb_appender appender) {
  std::vector<duckdb_logical_type> types;
  for (idx_t i = 0; i < duckdb_appender_column_count(appender); ++i) {
    types.push_back(duckdb_appender_column_type(appender, i));
  }
  duckdb_data_chunk chunk = duckdb_create_data_chunk(types.data(), types.size());
  for (duckdb_logical_type& type : types) duckdb_destroy_logical_type(&type);
  return chunk;
}

class Table {
 public:
  explicit Table(const std::string& path) {
    duckdb_config config = nullptr;
    Check(duckdb_create_config(&config), "no configuration");
    for (const auto& [name, value] :
         {std::pair{"threads", "2"}, {"memory_limit", "256MiB"}, {"checkpoint_threshold", "1TiB"}}) {
      Check(duckdb_set_config(config, name, value), name);
    }
    Check(duckdb_open_ext(path.c_str(), &database_, config, nullptr), "the file cannot be opened");
    duckdb_destroy_config(&config);
    Check(duckdb_connect(database_, &connection_), "no connection");
    Run(kTable);
  }
  ~Table() {
    duckdb_destroy_data_chunk(&chunk_);
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }

  void Commit(const Columns& columns) {
    Run("BEGIN");
    duckdb_appender appender = nullptr;
    Check(duckdb_appender_create(connection_, nullptr, "readings", &appender), "no appender");
    const size_t rows = columns.times.size();
    for (size_t at = 0; at < rows; at += duckdb_vector_size()) {
      Append(appender, columns, at, std::min<size_t>(rows - at, duckdb_vector_size()));
    }
    Check(duckdb_appender_destroy(&appender), "the appender fails");
    Run("COMMIT");
  }

 private:
  void Run(const char* sql) { Check(duckdb_query(connection_, sql, nullptr), sql); }

  void Append(duckdb_appender appender, const Columns& columns, size_t at, size_t rows) {
    if (chunk_ == nullptr) chunk_ = MakeChunk(appender);
    duckdb_data_chunk_reset(chunk_);
    CopyNames(chunk_, columns, at, rows);
    Copy(chunk_, 1, columns.times, at, rows);
    Copy(chunk_, 2, columns.temperatures, at, rows);
    Copy(chunk_, 3, columns.humidities, at, rows);
    Copy(chunk_, 4, columns.arrivals, at, rows);
    Copy(chunk_, 5, columns.partitions, at, rows);
    Copy(chunk_, 6, columns.positions, at, rows);
    duckdb_data_chunk_set_size(chunk_, rows);
    Check(duckdb_append_data_chunk(appender, chunk_), "a chunk is refused");
  }

  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
  duckdb_data_chunk chunk_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
  const int64_t rows = bench::Number(argc, argv, 1, kUsage);
  const int64_t commits = bench::Number(argc, argv, 2, kUsage);
  std::vector<Columns> input;
  for (int64_t i = 0; i < commits; ++i) input.push_back(MakeColumns(i * rows, rows));
  Table table(bench::Argument(argc, argv, 3, kUsage) + "/bare.duckdb");
  const bench::Stopwatch watch;
  for (const Columns& columns : input) table.Commit(columns);
  bench::PrintRun(watch, double(rows * commits));
}
