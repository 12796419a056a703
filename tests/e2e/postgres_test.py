"""The embedded pipeline with PostgreSQL as its store: real rows in a real server, read by psycopg; the server away, cut off
in the middle of COPY and of COMMIT, restarted; the process killed and stopped (rules D1 to D5, D8, D10).

SLUICE_KILL_SECONDS makes the kill loop longer (default 30), SLUICE_SEED repeats a run.
"""
import json
import os
import pathlib
import random
import re
import signal
import time

import psycopg
import pytest

from certificates import make_certificates
from conftest import seconds_from
from database import check_exact, finish, senders, stamp
from gate import Gate

FENCE, COPY = b"sluice_fence", b"PGCOPY"


def test_rows_and_summaries_are_what_was_sent(sluice, corner):
    running = sluice(corner.pipeline()).start()
    made = senders(running, 3)
    time.sleep(3)
    status, answer = running.post("/ingest/readings", '{"device":"x","at":"soon"}\n', "application/x-ndjson")
    assert status == 400, answer
    finish(made)
    check_exact(running, corner, made)
    assert corner.ask("SELECT job, stream, reason LIKE '%at%' FROM sluice_dead_letter") == [("store.readings", "readings", True)]
    assert [one["readings"] for one in running.get("/api/streams/readings/keys")] == [one.accepted for one in made]
    newest = running.get("/data/by-sensor/sensor-1?limit=3")
    assert [one["seq"] for one in newest] == [made[1].accepted - n for n in (1, 2, 3)]
    code, seconds = running.stop()
    assert code == 0 and seconds < 10


def test_readings_are_taken_while_no_server_is_there_and_stored_once_it_is(sluice, database, corner):
    with Gate(("127.0.0.1", database.port)) as gate:
        gate.stall()
        running = sluice(corner.pipeline(gate.port)).start(wait=False)
        running.wait_for(lambda: running.get("/healthz"), 5, "an answer while it waits")
        running.wait_for(lambda: "postgres" in running.request("/readyz")[1].lower(), 5, "whom it waits for")
        running.wait_for(running.has_started, 60, "the end of the start")
        made = senders(running, 2)
        running.wait_for(lambda: made[0].accepted > 400, 20, "acknowledgements")
        status, body = running.request("/readyz")
        assert status == 503 and "PostgreSQL" in body, body
        gate.cut()
        gate.open()
        finish(made)
        check_exact(running, corner, made)
        running.wait_for(lambda: running.request("/readyz")[0] == 200, 20, "readiness")


def test_a_restart_of_the_server_is_waited_for(sluice, database, corner):
    running = sluice(corner.pipeline()).start()
    made = senders(running, 2)
    for _ in range(3):
        before = running.committed()
        running.wait_for(lambda: running.committed() > before + 200, 30, "commits")
        database.service("down")
        time.sleep(0.5)
        database.service("up")
    finish(made)
    check_exact(running, corner, made)


@pytest.mark.parametrize("pattern, kind", [(COPY, "cut inside"), (FENCE, "cut inside"), (FENCE, "cut answer")])
def test_a_connection_cut_in_the_middle_stores_everything_once(sluice, database, corner, pattern, kind):
    with Gate(("127.0.0.1", database.port)) as gate:
        running = sluice(corner.pipeline(gate.port)).start()
        made = senders(running, 2)
        for number in range(5):
            gate.arm(pattern, kind)
            running.wait_for(lambda: gate.happened[kind] > number, 30, f"connection to {kind}")
        finish(made)
        check_exact(running, corner, made)


def test_cuts_at_random_with_a_slow_network(sluice, database, corner):
    seed = int(os.environ.get("SLUICE_SEED", time.time_ns() % 1_000_000))
    print("seed", seed)
    chance = random.Random(seed)
    with Gate(("127.0.0.1", database.port), delay=0.02) as gate:
        running = sluice(corner.pipeline(gate.port)).start()
        made = senders(running, 2)
        end = time.monotonic() + 12
        while time.monotonic() < end:
            gate.arm(*chance.choice([(COPY, "cut inside"), (FENCE, "cut inside"), (FENCE, "cut answer")]))
            time.sleep(chance.uniform(0.1, 0.8))
            if chance.random() < 0.3:
                gate.cut()
        gate.disarm()
        finish(made)
        check_exact(running, corner, made)
        assert sum(gate.happened.values()) >= 5, gate.happened


def test_a_process_stopped_inside_copy_holds_nobody_up_and_stores_nothing_once_it_wakes(sluice, database, corner):
    with Gate(("127.0.0.1", database.port)) as gate:
        running = sluice(corner.pipeline(gate.port)).start()
        made = senders(running, 1)
        running.wait_for(lambda: corner.rows() > 0, 30, "rows")
        gate.arm(COPY, "hold")
        running.wait_for(lambda: gate.happened["hold"], 30, "COPY under way")
        running.process.send_signal(signal.SIGSTOP)
        with database.connect("DB_USER") as other:  # a successor claims, as ClaimSeat does
            other.execute(f"SET search_path = {corner.name}; SET lock_timeout = '2s'")
            other.execute("UPDATE sluice_position SET epoch = epoch + 1, holder = 'successor'")
            before = other.execute("SELECT count(*), (SELECT next FROM sluice_position) FROM readings").fetchone()
        gate.release()
        running.process.send_signal(signal.SIGCONT)
        running.wait_for(lambda: "another claim" in running.request("/readyz")[1], 30, "word of the lost seat")
        finish(made)
        assert corner.ask("SELECT count(*), (SELECT next FROM sluice_position) FROM readings") == [before]


# What a stopped process holds: the position that it stores under, or all of them while it builds a summary.
HELD = {"storing": "UPDATE sluice_position SET epoch = epoch",
        "building": "SELECT pg_advisory_xact_lock(1, 1); LOCK TABLE sluice_position IN SHARE ROW EXCLUSIVE MODE"}


@pytest.mark.parametrize("what", HELD)
def test_a_commit_that_waits_for_a_stopped_backend_is_not_for_ever(sluice, database, corner, what):
    """A claim ends the backend of its own role that holds the row, one that builds after half a minute of silence."""
    running = sluice(corner.pipeline()).start()
    made = senders(running, 1)
    running.wait_for(lambda: made[0].accepted > 100, 30, "acknowledgements")
    finish(made)
    running.wait_drained()
    running.kill()
    with database.connect("DB_USER") as other:
        other.autocommit = False
        other.execute(f"SET search_path = {corner.name}")
        other.execute(HELD[what])
        running.start()
        running.wait_for(lambda: running.request("/readyz")[0] == 200, 20 if what == "storing" else 90, "readiness")
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")
    check_exact(running, corner, made)


def test_a_table_altered_by_hand_is_a_state_with_its_reason(sluice, database, corner):
    running = sluice(corner.pipeline()).start()
    made = senders(running, 1)
    running.wait_for(lambda: running.committed() > 100, 30, "commits")
    with database.connect("DB_USER") as writer:
        writer.execute(f"ALTER TABLE {corner.name}.readings ALTER COLUMN value TYPE text")
        running.wait_for(lambda: "ALTER TABLE" in running.request("/readyz")[1], 30, "the reason")
        writer.execute(f"ALTER TABLE {corner.name}.readings ALTER COLUMN value TYPE double precision USING value::float8")
    finish(made)
    check_exact(running, corner, made)
    assert corner.ask("SELECT count(*) FROM sluice_dead_letter") == [(0,)]


def test_rows_that_the_database_refuses_are_dead_letters_and_their_neighbours_stored(sluice, database, corner):
    running = sluice(corner.pipeline()).start()
    running.wait_for(lambda: corner.ask("SELECT count(*) FROM sluice_schema")[0][0] > 0, 20, "tables")
    with database.connect("DB_USER") as writer:
        writer.execute(f"ALTER TABLE {corner.name}.readings ADD CONSTRAINT small CHECK (value < 1000)")
    lines = "".join(json.dumps({"device": "d", "at": stamp(n), "seq": n, "value": 5000 if n % 100 == 7 else n}) + "\n"
                    for n in range(500))
    lines += json.dumps({"device": "k" * 3000, "at": stamp(1), "seq": 0}) + "\n"
    assert running.post("/ingest/readings", lines, "application/x-ndjson")[0] == 202
    running.wait_drained(30)
    running.audit_agrees()
    assert corner.ask("SELECT count(*), max(value) FROM readings") == [(495, 499.0)]
    reasons = corner.ask("SELECT reason FROM sluice_dead_letter ORDER BY id")
    assert len(reasons) == 6 and sum("small" in reason for reason, in reasons) == 5, reasons


def test_a_server_is_checked_by_its_certificate_and_name(sluice, database, corner, tmp_path):
    make_certificates(tmp_path)
    data = database.home / "data"
    for name in ("server.crt", "server.key"):
        (data / name).write_bytes((tmp_path / name).read_bytes())
        os.chown(data / name, data.stat().st_uid, data.stat().st_gid)
        (data / name).chmod(0o600)
    with database.admin() as admin:
        admin.execute("ALTER SYSTEM SET ssl = on")
        admin.execute("SELECT pg_reload_conf()")
    secured = f'sslmode = "verify-full"\nca_file = "{tmp_path}/ca.crt"'
    wrong_name = sluice(corner.pipeline(more=secured), tmp_path / "wrong").start()
    wrong_name.wait_for(lambda: "127.0.0.1" in wrong_name.request("/readyz")[1], 20, "the reason")
    assert wrong_name.request("/readyz")[0] == 503
    running = sluice(corner.pipeline(more=secured).replace('host = "127.0.0.1"', 'host = "localhost"'), tmp_path / "right").start()
    made = senders(running, 1)
    running.wait_for(lambda: corner.rows() > 100, 30, "rows")
    with database.connect("DB_OWNER") as owner:
        assert owner.execute("SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE "
                             "a.application_name = 'sluice' AND NOT s.ssl").fetchone() == (0,)
    finish(made)
    check_exact(running, corner, made)


def test_kills_lose_and_double_nothing(sluice, corner):
    seed = int(os.environ.get("SLUICE_SEED", time.time_ns() % 1_000_000))
    print("seed", seed)
    chance = random.Random(seed)
    running = sluice(corner.pipeline()).start()
    made = senders(running, 3)
    kills = 0
    end = time.monotonic() + seconds_from("SLUICE_KILL_SECONDS", 30)
    while time.monotonic() < end:
        before = running.committed()
        running.wait_for(lambda: running.committed() > before, 30, "commit since the start")
        time.sleep(chance.uniform(0.2, 2))
        running.kill()
        running.start()
        kills += 1
    finish(made)
    check_exact(running, corner, made)
    assert kills >= 3


def peak_memory(sluice):
    status = pathlib.Path(f"/proc/{sluice.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


def test_a_vast_value_of_a_question_is_never_held(sluice, corner):
    running = sluice(corner.pipeline()).start()
    running.wait_for(lambda: running.request("/readyz")[0] == 200, 20, "readiness")
    for query in ("SELECT repeat('x', 300000000)", "SELECT 1; ", "SELECT n, repeat('x', 300000000 * n) FROM generate_series(0, 1) n;",
                  "SELECT array_fill(1e100000::numeric, ARRAY[800])", "SELECT 'a' AS a, 'b' AS a -- twice"):
        status, answer = running.post("/api/sql", json.dumps({"query": query}))
        vast = "0000" in query
        assert status == (400 if vast else 200) and ("exceeds" in answer) == vast, (query, answer)
    assert peak_memory(running) < 300
