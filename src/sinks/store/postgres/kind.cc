#include "sinks/store/postgres/kind.h"

#include "sinks/store/duckdb/duckdb_store.h"
#include "sinks/store/duckdb/where.h"
#include "sinks/store/postgres/postgres_store.h"
#include "sinks/store/postgres/target.h"

namespace sluice {
namespace {

struct PostgresSpec : pg::Address {
  std::optional<Duration> retain;
  bool by_key_index = false;
};

template <class T>
constexpr auto Part(T pg::Address::*member) {
  return static_cast<T PostgresSpec::*>(member);
}

void CheckAddress(const PostgresSpec& spec, Faults& faults) {
  if (spec.url.empty()) return;
  if (!pg::IsUrl(spec.url.Reveal())) {
    faults.Add("url", "is no address of PostgreSQL",
               "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for an @ in the password");
  }
  const std::pair<const char*, bool> parts[] = {{"host", !spec.host.empty()},
                                                {"user", !spec.user.empty()},
                                                {"password", !spec.password.empty()},
                                                {"database", !spec.database.empty()},
                                                {"sslmode", !spec.sslmode.empty()}};
  for (const auto& [name, given] : parts) {
    if (given) faults.Add(name, "stands in the url already", "give either url or the parts");
  }
}

OptionSet Options() {
  return OptionTable<PostgresSpec>()
      .Add("url", Part(&pg::Address::url),
           "postgresql://USER:PASSWORD@HOST:PORT/DATABASE; or the parts one by one")
      .Add("host", Part(&pg::Address::host), "where the server runs")
      .Add("port", Part(&pg::Address::port), "its port", {.min = 1, .max = 65535})
      .Add("user", Part(&pg::Address::user),
           "the role to connect as; `sluice docs grants` says what it needs")
      .Add("password", Part(&pg::Address::password), "its password")
      .Add("database", Part(&pg::Address::database), "the database")
      .AddChoice("sslmode", Part(&pg::Address::sslmode),
                 {{"disable", "disable"},
                  {"allow", "allow"},
                  {"prefer", "prefer"},
                  {"require", "require"},
                  {"verify-ca", "verify-ca"},
                  {"verify-full", "verify-full"}},
                 "whether the connection is encrypted and the server's name is checked, as libpq does; "
                 "unset: prefer")
      .AddPath("ca_file", Part(&pg::Address::ca_file), "certificates of who may vouch for the server (PEM)")
      .Add("schema", Part(&pg::Address::schema), "where the tables lie; made when it is missing")
      .Add("retain", &PostgresSpec::retain,
           "how long raw readings are kept, since their arrival, in whole days; unset: for ever. Each "
           "summary has its "
           "own")
      .Add("by_key_index", &PostgresSpec::by_key_index,
           "an index over key and time: old readings of a key are found sooner, all are stored slower")
      .Check(&CheckAddress);
}

// A pipeline in virtual time has no server; both stores answer alike.
Result<std::unique_ptr<Store>> OpenInMemory(const StoreContext& context, std::optional<Duration> retain) {
  DuckDbStoreOptions options{
      .in_memory = true, .shape = context.shape, .memory = context.memory, .clock = &context.clock};
  options.shape.retain = retain;
  return OpenDuckDbStore(std::move(options));
}

Result<std::unique_ptr<Store>> Open(const ComponentSpec& component, const StoreContext& context) {
  const auto& spec = component.As<PostgresSpec>();
  if (context.in_memory) return OpenInMemory(context, spec.retain);
  pg::PostgresStoreOptions options{.target = pg::TargetOf(spec),
                                   .shape = context.shape,
                                   .memory = context.memory,
                                   .by_key_index = spec.by_key_index,
                                   .writers = context.shape.streams.size() + 2,
                                   .look = context.look};
  options.shape.retain = spec.retain;
  return pg::OpenPostgresStore(std::move(options));
}

}  // namespace

StoreKind PostgresKind() {
  return {.facts = {.name = "postgres",
                    .sentence = "PostgreSQL 15 or newer, shared by any number of processes",
                    .options = Options(),
                    .check_where = &CheckWhere},
          .open = &Open,
          .shared = true};
}

}  // namespace sluice
