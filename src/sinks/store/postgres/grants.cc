#include "sinks/store/postgres/grants.h"

namespace sluice::pg {

std::string GrantsScript() {
  return R"sql(-- The rights that sluice needs on PostgreSQL: run this once with psql, as the database's owner.
--   psql -d DATABASE -v schema=public -v writer=sluice_writer -v reader=sluice_reader -f grants.sql
-- Both roles are made without a password when they are missing: ALTER ROLE sluice_writer PASSWORD '…';
-- Neither needs to be a superuser, to own the database, or to belong to another role.
\set ON_ERROR_STOP on
\if :{?schema}
\else
  \set schema public
\endif
\if :{?writer}
\else
  \set writer sluice_writer
\endif
\if :{?reader}
\else
  \set reader sluice_reader
\endif
SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest(ARRAY[:'writer', :'reader']) AS name
  WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) \gexec
CREATE SCHEMA IF NOT EXISTS :"schema";

-- The writer (`sluice run`, also with --only jobs): makes its tables, views and one function in the schema, owns
-- them, and widens, fills and drops them. It may end its own backends, as every role may.
SELECT format('GRANT CONNECT ON DATABASE %I TO %I, %I', current_database(), :'writer', :'reader') \gexec
GRANT USAGE, CREATE ON SCHEMA :"schema" TO :"writer";

-- The reader (people, dashboards, notebooks): sees everything that the writer has made and will make. Only a member
-- of the writer can say so; whoever runs this becomes one.
GRANT USAGE ON SCHEMA :"schema" TO :"reader";
SELECT format('GRANT %I TO %I', :'writer', current_user) WHERE NOT pg_has_role(:'writer', 'MEMBER') \gexec
ALTER DEFAULT PRIVILEGES FOR ROLE :"writer" IN SCHEMA :"schema" GRANT SELECT ON TABLES TO :"reader";
SELECT format('GRANT SELECT ON %I.%I TO %I', n.nspname, c.relname, :'reader')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
  WHERE n.nspname = :'schema' AND c.relkind IN ('r', 'p', 'v') AND r.rolname = :'writer' \gexec
)sql";
}

}  // namespace sluice::pg
