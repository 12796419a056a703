"""What people do to the tables of a running store by hand: drop, rename, truncate, alter, index, put triggers on them. None of
it ends the process, makes a dead letter of a good reading or loses one in silence: it is a state with words for what was
found and what to do, and ends once that is done (rules D4, D5, D8, D10).
"""
import json
import re
import time

import psycopg
import pytest

from database import check_exact, finish, senders, stamp


def reason(sluice):
    """Why the store's job waits, as people read it."""
    for component in sluice.get("/api/status")["components"]:
        if component["name"].startswith("store.") and not component["healthy"]:
            return component["waits_for"]
    return ""


def waits(sluice, *words):
    sluice.wait_for(lambda: all(word in reason(sluice) for word in words), 30, f"{words} in the reason")


def statement_in(sluice, beginning):
    """The statement that the reason gives to be run."""
    return re.search(re.escape(beginning) + r".*?;", reason(sluice)).group()


@pytest.fixture
def begun(sluice, corner):
    """A pipeline under way, and who sends to it."""
    running = sluice(corner.pipeline()).start()
    made = senders(running, 1)
    running.wait_for(lambda: corner.rows() > 200, 30, "rows")
    yield running, made
    for one in made:
        one.over.set()


def ends_well(running, corner, made):
    finish(made)
    check_exact(running, corner, made)
    assert corner.ask("SELECT count(*) FROM sluice_dead_letter") == [(0,)]


def test_a_table_renamed_is_missed_and_goes_on_under_its_old_name(corner, begun):
    running, made = begun
    corner.alter("ALTER TABLE readings RENAME TO elsewhere")
    waits(running, f'"{corner.name}"."readings" is gone', "readings that were stored in it")
    corner.alter("ALTER TABLE elsewhere RENAME TO readings")
    ends_well(running, corner, made)


def test_a_table_dropped_is_told_and_its_rows_count_as_lost_once_they_are_given_up(corner, begun):
    running, made = begun
    corner.alter("DROP TABLE readings")
    waits(running, "is gone")
    before = made[0].accepted
    running.wait_for(lambda: made[0].accepted > before + 200, 30, "acknowledgements")
    lost = int(re.search(r"with it (\d+) readings", reason(running)).group(1))
    corner.alter(statement_in(running, "DELETE FROM"))
    running.wait_for(lambda: running.request("/readyz")[0] == 200, 30, "readiness")
    finish(made)
    running.wait_drained()
    report = running.get("/api/audit?deep=true")
    assert not report["ok"] and report["streams"]["readings"]["lost"] == lost, report
    assert report["findings"] == [f"store.readings, readings partition 0: {lost} readings are lost"], report
    assert corner.rows() == made[0].accepted - lost


def test_a_table_dropped_while_nothing_runs_is_told_at_the_start(corner, begun):
    running, made = begun
    finish(made)
    running.wait_drained()
    running.stop()
    corner.alter("DROP TABLE readings")
    refused = running.cli("run", "pipeline.toml", check=False)
    assert refused.returncode != 0 and "is gone" in refused.stderr, refused


@pytest.mark.parametrize("table", ["sluice_position", "sluice_key", "sluice_expired"])
def test_one_of_our_own_tables_dropped_alone_is_told_by_name(corner, begun, table):
    running, made = begun
    finish(made)
    running.stop()
    corner.alter(f"DROP TABLE {table}")
    refused = running.cli("run", "pipeline.toml", check=False)
    assert refused.returncode != 0 and f"{table} is gone" in refused.stderr, refused


def test_a_schema_dropped_beneath_a_process_is_told(database, corner, begun):
    running, made = begun
    corner.alter(f"DROP TABLE {', '.join(name for name, in corner.tables())} CASCADE",
                 "DROP FUNCTION sluice_fence, sluice_expect", "DROP SEQUENCE sluice_dead_letter_id")
    waits(running, "sluice's own tables are gone")
    finish(made)
    running.stop()
    running.start()
    running.wait_drained()
    running.audit_agrees()
    assert corner.rows() == made[0].accepted, "all of it was in the log still"


@pytest.mark.parametrize("statement", ["TRUNCATE readings", "DELETE FROM readings WHERE seq < 100"])
def test_rows_removed_by_hand_are_found_by_the_deep_audit(corner, begun, statement):
    running, made = begun
    finish(made)
    running.wait_drained()
    held = corner.rows()
    corner.alter(statement)
    report = running.get("/api/audit?deep=true")
    assert not report["ok"], report
    assert report["findings"] == [f"store.readings, readings partition 0: {held - corner.rows()} rows are missing: the table "
                                  f"holds {corner.rows()} rows, but {held} were stored and 0 of them have expired. Did "
                                  "somebody remove them by hand?"], report


# What is done, what the reason says, what mends it.
ALTERATIONS = [
    ("ALTER TABLE readings DROP COLUMN note", 'ADD COLUMN "note" json', None),
    ("ALTER TABLE readings RENAME COLUMN value TO worth", '"value" is gone',
     "ALTER TABLE readings RENAME COLUMN worth TO value"),
    ("ALTER TABLE readings ALTER COLUMN value TYPE text", "USING \"value\"::double precision", None),
    ("ALTER TABLE readings ALTER COLUMN seq TYPE integer", "USING \"seq\"::bigint", None),
    ("ALTER TABLE readings ADD COLUMN operator text NOT NULL DEFAULT 'x';\nALTER TABLE readings ALTER COLUMN operator DROP DEFAULT",
     "no field of the stream fills it", "ALTER TABLE readings ALTER COLUMN operator DROP NOT NULL"),
    ("CREATE FUNCTION deaf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';\n"
     "CREATE TRIGGER deaf BEFORE INSERT ON readings FOR EACH ROW EXECUTE FUNCTION deaf()", "is there a trigger",
     "DROP TRIGGER deaf ON readings"),
    ("DROP FUNCTION sluice_fence", None, None),
    ("DROP TABLE sluice_parts_by_minute CASCADE", None, None),
]


@pytest.mark.parametrize("alteration, words, mend", ALTERATIONS, ids=[one[0][:50] for one in ALTERATIONS])
def test_an_alteration_is_a_state_that_ends_with_it(corner, begun, alteration, words, mend):
    running, made = begun
    corner.alter(*alteration.split(";\n"))
    if words is not None:
        waits(running, words)
        corner.alter(mend or statement_in(running, "ALTER TABLE"))
    time.sleep(0.5)
    finish(made)
    running.wait_for(lambda: corner.rows() >= made[0].accepted, 60, "last row")
    assert running.wait_for(lambda: running.request("/readyz")[0] == 200, 30, "readiness")
    assert corner.ask("SELECT count(*) FROM sluice_dead_letter") == [(0,)]
    if "TYPE" not in alteration:
        check_exact(running, corner, made)


def test_rows_that_a_hand_made_constraint_refuses_are_dead_letters(sluice, corner):
    running = sluice(corner.pipeline()).start()
    running.wait_for(lambda: corner.ask("SELECT count(*) FROM sluice_schema")[0][0] > 0, 20, "tables")
    corner.alter("ALTER TABLE readings ALTER COLUMN value SET NOT NULL")
    lines = "".join(json.dumps({"device": "d", "at": stamp(n), "seq": n, "value": None if n % 50 == 7 else n}) + "\n"
                    for n in range(500))
    assert running.post("/ingest/readings", lines, "application/x-ndjson")[0] == 202
    running.wait_drained(30)
    running.audit_agrees()
    assert corner.rows() == 490
    reasons = corner.ask("SELECT reason FROM sluice_dead_letter")
    assert len(reasons) == 10 and all("not-null" in reason for reason, in reasons), reasons


# What no single row is at fault for, or so many that something else must be.
TOGETHER = [("CREATE UNIQUE INDEX once ON readings (device, seq, ingested_at)", "no single row is at fault", "DROP INDEX once"),
            ("ALTER TABLE readings ADD CONSTRAINT none CHECK (seq < 0)", "more than 100 rows are refused",
             "ALTER TABLE readings DROP CONSTRAINT none")]


@pytest.mark.parametrize("alteration, words, mend", TOGETHER, ids=["unique", "check"])
def test_a_constraint_that_refuses_all_of_a_batch_is_a_state(sluice, corner, alteration, words, mend):
    running = sluice(corner.pipeline()).start()
    running.wait_for(lambda: corner.ask("SELECT count(*) FROM sluice_schema")[0][0] > 0, 20, "tables")
    corner.alter(alteration)
    lines = "".join(json.dumps({"device": "d", "at": stamp(n), "seq": n // 2}) + "\n" for n in range(300))
    assert running.post("/ingest/readings", lines, "application/x-ndjson")[0] == 202
    waits(running, words)
    corner.alter(mend)
    running.wait_drained(30)
    running.audit_agrees()
    assert corner.ask("SELECT (SELECT count(*) FROM readings), (SELECT count(*) FROM sluice_dead_letter)") == [(300, 0)]


def test_a_view_dropped_is_made_again_once_somebody_asks_for_it(corner, begun):
    running, made = begun
    corner.alter("DROP VIEW by_minute")
    running.wait_for(lambda: running.request("/api/summaries/by_minute")[0] == 200, 30, "an answer")
    ends_well(running, corner, made)


def test_a_table_locked_by_hand_is_waited_for(database, corner, begun):
    running, made = begun
    with database.connect("DB_USER") as other:
        other.autocommit = False
        other.execute(f"LOCK TABLE {corner.name}.readings")
        waits(running, "lock")
    ends_well(running, corner, made)
