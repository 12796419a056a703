"""What each role of a process says of itself, and how it goes: readiness, books and hand-over."""
import re
import threading

import pytest

from clients import Client, stream
from running import Sluice

PIPELINE = stream(2)


@pytest.fixture
def process(servers, tmp_path):
    """process(role) → a started process of one pipeline, ended with the test."""
    corner = servers.corner()
    made = []

    def make(role, named=True):
        folder = tmp_path / f"{role}-{len(made)}"
        folder.mkdir()
        made.append(Sluice(folder, PIPELINE + corner.log() + corner.store()))
        return made[-1].start("--only", role, *(["--instance", role] if named else []))

    yield make
    for one in made:
        if one.process is not None:
            one.kill()


def share_of(jobs):
    """Partitions of the stream that the process has now."""
    return [int(number) for number in re.findall(r'sluice_job_next_position{[^}]*partition="(\d+)"[^}]*stream="readings"', jobs.request("/metrics")[1])]


def send(source):
    stop = threading.Event()
    clients = [Client([source], f"client-{i}", stop) for i in range(4)]
    for client in clients:
        client.start()
    return stop, clients


def test_a_job_process_goes_at_once_while_readings_go_on_coming(process):
    source, jobs, api = process("sources"), process("jobs"), process("api")
    stop, clients = send(source)
    jobs.wait_for(lambda: clients[0].accepted > 400, 30, "readings under way")
    code, seconds = jobs.stop()
    assert code == 0 and seconds < 5, (code, seconds)
    jobs.start("--only", "jobs", "--instance", "jobs")
    stop.set()
    for client in clients:
        client.join(30)
    api.wait_drained()
    api.audit_agrees()


def test_job_processes_of_one_host_that_nobody_named_share_the_work(process):
    """Each has one of the two partitions; what the one that is killed had, the other takes over."""
    source, api = process("sources"), process("api")
    one, other = process("jobs", named=False), process("jobs", named=False)
    stop, clients = send(source)
    one.wait_for(lambda: sorted(share_of(one) + share_of(other)) == [0, 1] and share_of(one) and share_of(other), 30,
                 "a share for each")
    other.kill()
    accepted = clients[0].accepted
    source.wait_for(lambda: clients[0].accepted > accepted + 100, 30, "more readings")
    stop.set()
    for client in clients:
        client.join(30)
    api.wait_drained()
    api.audit_agrees()
    assert "younger process" not in one.log.read_text()


def test_what_came_before_the_first_job_is_in_the_books_and_waits(process):
    source, api = process("sources"), process("api")
    stop, clients = send(source)
    api.wait_for(lambda: clients[0].accepted > 100, 30, "readings under way")
    stop.set()
    for client in clients:
        client.join(30)
    assert api.get("/api/audit")["jobs"]["store.readings"]["waiting"] >= sum(client.accepted for client in clients)


def test_an_api_process_is_not_ready_while_its_database_is_away(process, servers):
    api = process("api")
    api.wait_for(lambda: api.request("/readyz")[0] == 200, 30, "readiness")
    servers.down("postgres")
    try:
        api.wait_for(lambda: api.request("/readyz")[0] == 503, 30, "the database is missed")
    finally:
        servers.up("postgres")
    api.wait_for(lambda: api.request("/readyz")[0] == 200, 30, "readiness again")
