// The stores that keep the contract. Every suite of it runs against each of them.
#pragma once

#include "contract/postgres_server.h"
#include "contract/store_contract.h"
#include "sinks/store/duckdb/database.h"
#include "sinks/store/duckdb/duckdb_store.h"
#include "sinks/store/postgres/postgres_store.h"

namespace sluice {

inline StoreImplementation DuckDbStores() {
  return {"DuckDb",
          [](const StoreShape& shape, const std::string& directory) {
            return OpenDuckDbStore({.file = directory + "/store.duckdb", .shape = shape});
          },
          [](const std::string& directory, const std::string& sql) -> Status {
            SLUICE_ASSIGN(auto database, Database::Open({.path = directory + "/store.duckdb"}));
            SLUICE_ASSIGN(auto connection, database->Connect());
            return connection->Run(sql);
          }};
}

inline StoreImplementation PostgresStores() {
  return {"Postgres",
          [](const StoreShape& shape, const std::string& directory) {
            PostgresServer& server = PostgresServer::Get();
            return pg::OpenPostgresStore({.target = server.TargetAs("writer", server.SchemaOf(directory)),
                                          .shape = shape,
                                          .memory = MiB(64)});
          },
          [](const std::string& directory, const std::string& sql) -> Status {
            PostgresServer& server = PostgresServer::Get();
            SLUICE_ASSIGN(auto connection,
                          pg::Connection::Open(server.TargetAs("writer", server.SchemaOf(directory))));
            return connection->Run(sql);
          },
          [] { return PostgresServer::Get().missing(); }};
}

inline const std::vector<StoreImplementation>& AllStores() {
  static const std::vector<StoreImplementation> stores = {DuckDbStores(), PostgresStores()};
  return stores;
}

}  // namespace sluice
