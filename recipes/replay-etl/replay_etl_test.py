"""The recipe as its reader meets it: the file's rows and both summaries in the database, equal to what pandas makes of the
file, also after a stop in the middle; a reading that comes late changes its interval."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pandas
import psycopg

from conftest import PROGRAM, free_port, servers  # noqa: F401

RECIPE = pathlib.Path(__file__).resolve().parent


# What ./dev run sets for a recipe, on servers that several share.
CORNER = {"KAFKA_TOPIC_PREFIX": "replay-etl.", "DB_SCHEMA": "replay_etl"}


def start(folder, servers, port):  # noqa: F811
    env = {**os.environ, **servers.env, **CORNER, "PORT": str(port), "SLUICE": str(PROGRAM)}
    return subprocess.Popen([folder / "run"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def query(servers, text):  # noqa: F811
    with psycopg.connect(servers.env["DATABASE_URL"], options=f"-c search_path={CORNER['DB_SCHEMA']}") as connection:
        return connection.execute(text).fetchall()


def count(servers):  # noqa: F811
    try:
        return query(servers, "SELECT count(*) FROM sensor_data")[0][0]
    except psycopg.errors.UndefinedTable:
        return 0


def wait_for_rows(servers, rows):  # noqa: F811
    limit = time.monotonic() + 60
    while count(servers) < rows:
        assert time.monotonic() < limit, f"{count(servers)} of {rows} rows"
        time.sleep(0.1)


def expected(frame, column):
    hour, minute = frame.date_time.dt.floor("h"), frame.date_time.dt.minute // 15 * 15
    return frame.groupby(hour + pandas.to_timedelta(minute, unit="m"))[column].mean()


def check_summary(servers, name, column, frame):  # noqa: F811
    stored = {start: value for start, value in query(
        servers, f"SELECT interval_start AT TIME ZONE 'UTC', avg_{name} FROM {name}_summary")}
    wanted = expected(frame, column)
    assert len(stored) == len(wanted)
    assert all(abs(stored[start.to_pydatetime()] - value) < 1e-9 * 100 for start, value in wanted.items())


def ask(port, path):
    """The answer, once there is one: the books wait for transactions that are open."""
    limit = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            assert error.code == 503 and time.monotonic() < limit, error.read()
            print(error.read().decode())
        time.sleep(0.5)


def check_alone(port):
    """Whatever recipes ran on these servers before, this one's books are its own."""
    books = ask(port, "/api/audit?deep=true")
    assert books["ok"] and list(books["jobs"]) == ["store.sensor_data"], books
    assert ask(port, "/api/status")["gone_jobs"] == []


def test_rows_and_summaries_are_those_of_the_file(servers, tmp_path):  # noqa: F811
    folder = tmp_path / "replay-etl"
    shutil.copytree(RECIPE, folder)
    frame = pandas.read_parquet(folder / "data/sensor_data.parquet")
    port = free_port()
    run = start(folder, servers, port)
    try:
        wait_for_rows(servers, 1)
        run.send_signal(signal.SIGKILL)
        run.wait()
        run = start(folder, servers, port)
        wait_for_rows(servers, len(frame))
        time.sleep(1)
        assert count(servers) == len(frame), "each row once"
        check_summary(servers, "temperature", "temp", frame)
        check_summary(servers, "humidity", "humidity", frame)
        check_alone(port)
        run.terminate()
        assert run.wait(20) == 0
    finally:
        if run.poll() is None:
            run.kill()
