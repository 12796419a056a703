"""A PostgreSQL server that is there and takes nothing: its disk is full, it is read-only or a standby, or the role lacks a right.
Each is a state with words for it, in which readings are accepted and answers given; it ends by itself, and then everything
accepted is stored once (rules D3 to D5, D8, D10).
"""
import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import psycopg
import pytest

from database import Database, check_exact, finish, senders
from gate import Gate
from running import free_port


@contextlib.contextmanager
def small_disk(folder, megabytes):
    """A file system of its own at `folder`, for the server's user."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "sluice-test", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("cannot mount a small file system here")
    try:
        shutil.chown(folder, "postgres", "postgres")
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def grow(folder, megabytes):
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", folder], check=True)


def reason(sluice):
    return sluice.request("/readyz")[1]


def waits_in_words(sluice, *words):
    sluice.wait_for(lambda: all(word in reason(sluice) for word in words), 60, f"{words} in the reason")


def answers_and_accepts(sluice, made):
    """While the store waits: readings are accepted, and questions answered."""
    before = made[0].accepted
    sluice.wait_for(lambda: made[0].accepted > before + 200, 30, "acknowledgements")
    assert len(sluice.get("/data/latest")) == 100
    assert sluice.sql("SELECT count(*) > 0 FROM readings") == [[True]]


def test_a_full_table_space_is_waited_for(sluice, database, corner):
    with small_disk(database.home / "small", 6) as disk:
        with database.admin() as admin:
            admin.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
            admin.execute("GRANT CREATE ON TABLESPACE small TO sluice")
            admin.execute("ALTER ROLE sluice IN DATABASE sluice SET default_tablespace = small")
        try:
            running = sluice(corner.pipeline()).start()
            made = senders(running, 2, batch=400)
            waits_in_words(running, "the disk of the database is full")
            answers_and_accepts(running, made)
            grow(disk, 600)
            finish(made)
            check_exact(running, corner, made)
            assert corner.ask("SELECT count(*) FROM sluice_dead_letter") == [(0,)]
        finally:
            running.kill()
            with database.admin() as admin:
                admin.execute("ALTER ROLE sluice IN DATABASE sluice RESET default_tablespace")
                admin.execute(f"DROP SCHEMA {corner.name} CASCADE")
                admin.execute("DROP TABLESPACE small")


def test_a_server_that_its_full_disk_brings_down_is_waited_for_while_the_log_takes_what_it_can(sluice, tmp_path):
    with tempfile.TemporaryDirectory(prefix="sluice-full-test-") as folder:
        folder = pathlib.Path(folder)
        os.chmod(folder, 0o755)  # the server runs as another user
        with small_disk(folder / "cluster", 400) as disk:
            database = Database(folder)
            try:
                fill_and_free(sluice, database, disk)
            finally:
                database.service("down")


def fill_and_free(sluice, database, disk):
    corner = database.corner()
    with database.admin() as admin:
        admin.execute("ALTER SYSTEM SET max_wal_size = '64MB'")
        admin.execute("SELECT pg_reload_conf()")
    running = sluice(corner.pipeline(more='[log]\nmax_bytes = "64MiB"')).start()
    made = senders(running, 2, batch=2000, weight=500)
    running.wait_for(lambda: corner.rows() > 1000, 30, "rows")
    ballast = disk / "ballast"
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
    running.wait_for(lambda: running.request("/readyz")[0] == 503, 60, "the state")
    with contextlib.suppress(psycopg.OperationalError), database.admin() as admin:  # what it has left for its own log
        while True:
            admin.execute("SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000))")
    assert "PANIC" in (disk / "log").read_text()
    running.wait_for(lambda: running.request("/readyz")[0] == 503, 30, "the state")
    running.wait_for(lambda: all("full" in one.said for one in made), 120, "a log that is full too")
    grow(disk, 2000)
    ballast.unlink()
    database.service("up")
    finish(made)
    check_exact(running, corner, made)
    assert corner.ask("SELECT count(*) FROM sluice_dead_letter") == [(0,)]


def test_a_read_only_database_is_a_state_that_ends_by_itself(sluice, database, corner):
    running = sluice(corner.pipeline()).start()
    made = senders(running, 2)
    running.wait_for(lambda: corner.rows() > 200, 30, "rows")
    with database.admin() as admin:
        admin.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        admin.execute("SELECT pg_reload_conf()")
        try:
            waits_in_words(running, "read-only")
            answers_and_accepts(running, made)
            running.kill()
            running.start()
            waits_in_words(running, "read-only")
            assert len(running.get("/data/latest")) == 100, "a process that starts now answers too"
        finally:
            admin.execute("ALTER SYSTEM RESET default_transaction_read_only")
            admin.execute("SELECT pg_reload_conf()")
    finish(made)
    check_exact(running, corner, made)
    running.wait_for(lambda: running.request("/readyz")[0] == 200, 20, "readiness")


def as_server(database, *words):
    binaries = pathlib.Path(sorted(pathlib.Path("/usr/lib/postgresql").iterdir(), key=lambda path: int(path.name))[-1], "bin")
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] if os.geteuid() == 0 else []
    subprocess.run([*user, binaries / words[0], *words[1:]], check=True, cwd="/", stdout=subprocess.DEVNULL,
                   stdin=subprocess.DEVNULL, env={**os.environ, "PGPASSWORD": (database.folder / "admin_password").read_text()})


@contextlib.contextmanager
def standby_of(database):
    """Its port, and what promotes it, once it has all and follows."""
    port, data = free_port(), database.home / "standby"
    as_server(database, "pg_basebackup", "-h", "127.0.0.1", "-p", str(database.port), "-U", "postgres", "-D", data, "-R", "-X",
              "stream", "-c", "fast")
    as_server(database, "pg_ctl", "-D", data, "-l", database.home / "standby.log", "-w", "-o",
              f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''", "start")
    try:
        with database.admin() as admin:
            while admin.execute("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'").fetchone() != (1,):
                time.sleep(0.05)
        yield port, lambda: as_server(database, "pg_ctl", "-D", data, "-w", "promote")
    finally:
        as_server(database, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def test_a_standby_answers_and_takes_over_once_it_is_promoted(sluice, database, corner):
    with Gate(("127.0.0.1", database.port)) as gate:
        running = sluice(corner.pipeline(gate.port)).start()
        made = senders(running, 2)
        running.wait_for(lambda: corner.rows() > 200, 30, "rows")
        with standby_of(database) as (port, promote):
            database.service("down")  # once the standby has all of it
            first_port, database.port = database.port, port
            try:
                gate.server = ("127.0.0.1", port)
                gate.cut()
                waits_in_words(running, "standby")
                answers_and_accepts(running, made)
                promote()
                finish(made)
                check_exact(running, corner, made)
            finally:
                running.kill()
                database.port = first_port
                database.service("up")


# What is taken away, and what the reason says of it.
RIGHTS = [
    ("INSERT ON readings", 'GRANT INSERT ON {schema}.readings TO sluice;'),
    ("UPDATE ON sluice_position", 'GRANT UPDATE ON {schema}.sluice_position TO sluice;'),
    ("INSERT ON sluice_key", 'GRANT INSERT ON {schema}.sluice_key TO sluice;'),
    ("UPDATE ON sluice_parts_by_minute", 'GRANT UPDATE ON {schema}.sluice_parts_by_minute TO sluice;'),
    ("EXECUTE ON FUNCTION sluice_fence", 'GRANT EXECUTE ON FUNCTION {schema}.sluice_fence TO sluice;'),
]


@pytest.mark.parametrize("right, statement", RIGHTS)
def test_a_right_taken_away_is_named_and_waited_for(sluice, database, corner, right, statement):
    running = sluice(corner.pipeline()).start()
    made = senders(running, 1)
    running.wait_for(lambda: corner.rows() > 200, 30, "rows")
    corner.alter(f"REVOKE {right} FROM sluice" + (", PUBLIC" if "FUNCTION" in right else ""))
    granted = statement.format(schema=corner.name)
    waits_in_words(running, granted)
    answers_and_accepts(running, made)
    corner.alter(granted)
    finish(made)
    check_exact(running, corner, made)
    assert corner.ask("SELECT count(*) FROM sluice_dead_letter") == [(0,)]


def test_a_schema_that_the_role_may_not_fill_is_named_and_waited_for(sluice, database, corner):
    with database.connect("DB_OWNER") as owner:
        owner.execute(f"REVOKE CREATE ON SCHEMA {corner.name} FROM sluice")
        running = sluice(corner.pipeline()).start()
        made = senders(running, 1)
        waits_in_words(running, f"GRANT USAGE, CREATE ON SCHEMA {corner.name} TO sluice;")
        running.wait_for(lambda: made[0].accepted > 200, 30, "acknowledgements")
        owner.execute(f"GRANT CREATE ON SCHEMA {corner.name} TO sluice")
    finish(made)
    check_exact(running, corner, made)


def test_tables_that_may_not_be_read_cost_the_answers_alone(sluice, database, corner):
    running = sluice(corner.pipeline()).start()
    made = senders(running, 1)
    running.wait_for(lambda: corner.rows() > 200, 30, "rows")
    corner.alter("REVOKE SELECT ON readings FROM sluice")
    status, body = running.request("/data/latest")
    assert status == 503 and "permission denied for table readings" in body and "docs grants" in body, body
    before = made[0].accepted
    running.wait_for(lambda: corner.rows() > before, 30, "rows")
    corner.alter("GRANT SELECT ON readings TO sluice")
    finish(made)
    check_exact(running, corner, made)
