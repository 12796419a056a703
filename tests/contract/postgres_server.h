// A PostgreSQL server for the test program: the one that SLUICE_TEST_POSTGRES names (a file of NAME=value
// lines, as tools/services.d/postgres prints them), otherwise one started for this program and stopped at its
// end. Each test has a schema of its own, made by the database's owner; the store connects as a writer that
// may do nothing else.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <unistd.h>

#include "core/hash.h"
#include "sinks/store/postgres/connection.h"
#include "testing/source_tree.h"
#include "testing/temp_dir.h"

namespace sluice {

class PostgresServer {
 public:
  static PostgresServer& Get() {
    static PostgresServer server;
    return server;
  }

  // Whether there is one; why not, otherwise.
  const std::string& missing() const { return missing_; }

  pg::Target TargetAs(const std::string& role, const std::string& schema) const {
    const bool owner = role == "owner";
    return {.keywords = {{"host", At("DB_HOST")},
                         {"port", At("DB_PORT")},
                         {"dbname", At("DB_NAME")},
                         {"user", At(owner ? "DB_OWNER" : "DB_USER")},
                         {"password", At(owner ? "DB_OWNER_PASSWORD" : "DB_PASSWORD")}},
            .shown = At("DB_HOST") + ":" + At("DB_PORT") + "/" + At("DB_NAME"),
            .schema = schema};
  }

  // The schema of a test: made when it is asked for first.
  std::string SchemaOf(const std::string& test) {
    const std::string schema = "test_" + Sha256Hex(test).substr(0, 24);
    auto owner = pg::Connection::Open(TargetAs("owner", schema));
    if (!owner.ok()) return schema;
    (void)(*owner)->Run("CREATE SCHEMA " + schema + "; GRANT USAGE, CREATE ON SCHEMA " + schema +
                        " TO sluice" + kDialect);
    return schema;
  }

 private:
  // DuckDB's words that the contract's questions use.
  static constexpr const char* kDialect = R"sql(;
CREATE FUNCTION epoch_us(timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  'SELECT (extract(epoch FROM $1) * 1000000)::bigint';
CREATE FUNCTION year(timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT extract(year FROM $1)::bigint';
CREATE FUNCTION round(float8, integer) RETURNS float8 LANGUAGE sql IMMUTABLE AS
  'SELECT pg_catalog.round($1::numeric, $2)::float8';
CREATE FUNCTION range(bigint) RETURNS SETOF bigint LANGUAGE sql IMMUTABLE AS 'SELECT generate_series(0, $1 - 1)';
CREATE FUNCTION whole_quotient(bigint, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 / $2';
CREATE OPERATOR // (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = whole_quotient);
)sql";

  PostgresServer() {
    if (const char* file = std::getenv("SLUICE_TEST_POSTGRES")) {
      Read(file);
      return;
    }
    directory_ = "/tmp/sluice-test-postgres-" + std::to_string(::getpid());
    std::filesystem::create_directories(directory_);
    const std::string settings = directory_ + "/env";
    if (Service("up", " >" + settings) != 0) {
      missing_ = "tools/services.d/postgres up did not start a server";
      return;
    }
    Read(settings);
    // The processes that tests start use the same one.
    ::setenv("SLUICE_TEST_POSTGRES", settings.c_str(), 1);
    owner_ = ::getpid();
  }
  ~PostgresServer() {
    if (owner_ != ::getpid()) return;
    (void)Service("down", "");
    std::filesystem::remove_all(directory_);
  }

  int Service(const std::string& action, const std::string& rest) const {
    const std::string command =
        InSourceTree("tools/services.d/postgres ") + action + " " + directory_ + "/server 2>/dev/null";
    return std::system((command + rest).c_str());
  }
  void Read(const std::string& file) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
      const size_t equals = line.find('=');
      if (equals != std::string::npos) settings_[line.substr(0, equals)] = line.substr(equals + 1);
    }
    if (settings_.count("DB_PORT") == 0) missing_ = file + " names no server";
  }
  std::string At(const std::string& name) const {
    const auto found = settings_.find(name);
    return found == settings_.end() ? "" : found->second;
  }

  std::string directory_;
  std::map<std::string, std::string> settings_;
  std::string missing_;
  pid_t owner_ = 0;
};

}  // namespace sluice
