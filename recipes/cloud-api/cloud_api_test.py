"""The recipe as its reader meets it: three processes by its `run`, asked what its README says to ask."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from conftest import PROGRAM, free_port, servers  # noqa: F401

RECIPE = pathlib.Path(__file__).resolve().parent


def three_free_ports():
    while True:
        port = free_port()
        try:
            for other in (port + 1, port + 2):
                socket.create_server(("127.0.0.1", other)).close()
            return port
        except OSError:
            continue


def get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.loads(answer.read())


def eventually(what, seconds=60):
    limit = time.monotonic() + seconds
    while True:
        try:
            value = what()
            if value:
                return value
        except (OSError, ValueError):
            pass
        assert time.monotonic() < limit, "not within its time"
        time.sleep(0.2)


def test_the_readme_holds(servers):  # noqa: F811
    port = three_free_ports()
    corner = {"KAFKA_TOPIC_PREFIX": "cloud-api.", "DB_SCHEMA": "cloud_api"}  # as ./dev run sets them
    env = {**os.environ, **servers.env, **corner, "PORT": str(port), "SLUICE": str(PROGRAM), "RATE": "500"}
    run = subprocess.Popen([RECIPE / "run"], env=env, start_new_session=True, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    try:
        eventually(lambda: len(get(port, "/data/latest")) == 100)
        assert get(port, "/")["status"] == "ok"
        assert get(port, "/data/stats")["readings"] > 0
        sensor = get(port, "/data/latest?limit=1")[0]["sensor_id"]
        eventually(lambda: len(get(port, f"/data/by-sensor/{sensor}")) == 50)
        books = get(port, "/api/audit?deep=true")
        assert books["ok"], books
        jobs = get(port, "/api/status")["jobs"]
        assert [job["name"] for job in jobs] == ["store.readings"] and jobs[0]["terms"]["stored"] > 0
        with_error = None
        try:
            get(port + 1, "/data/latest")
        except urllib.error.HTTPError as error:
            with_error = (error.code, json.loads(error.read())["detail"])
        assert with_error[0] == 404 and "--only sources" in with_error[1]
        assert get(port + 2, "/readyz")["ready"]
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(20) is not None
        for one in range(3):
            try:
                get(port + one, "/healthz")
                raise AssertionError("a process was left behind")
            except OSError:
                pass
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
