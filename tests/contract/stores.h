// The stores that keep the contract. Every suite of it runs against each of them.
#pragma once

#include "contract/store_contract.h"
#include "sinks/store/duckdb/duckdb_store.h"

namespace sluice {

inline const std::vector<StoreImplementation>& AllStores() {
  static const std::vector<StoreImplementation> stores = {
      {"DuckDb", [](const StoreShape& shape, const std::string& directory) {
         return OpenDuckDbStore({.file = directory + "/store.duckdb", .shape = shape});
       }}};
  return stores;
}

}  // namespace sluice
