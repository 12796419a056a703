// From the options of a pipeline file to where to connect. Pure functions over values, but that libpq reads
// its own PG… variables for what neither says.
#pragma once

#include <optional>
#include <string>

#include "config/secret.h"
#include "sinks/store/postgres/connection.h"

namespace sluice::pg {

struct Address {
  Secret url;
  std::string host;
  int port = 5432;
  std::string user;
  Secret password;
  std::string database;
  std::string sslmode;
  std::string ca_file;
  std::string schema = "public";
};

// Whether libpq takes it for a postgresql:// address. What it says of one that is wrong may quote a password.
bool IsUrl(const std::string& url);
Target TargetOf(const Address& address);

}  // namespace sluice::pg
