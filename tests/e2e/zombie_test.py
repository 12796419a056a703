"""A job process that is stopped in its tracks (rules D3, D6): another takes over its partitions within ten seconds and commits;
when the stopped one goes on, there is not one row more."""
import signal
import threading
import time

import pytest

from clients import Client, stream
from gate import Gate
from running import Sluice

PARTITIONS = 3
PIPELINE = stream(PARTITIONS) + """
[summary.by_minute]
stream = "readings"
every = "1m"
by = ["device"]
values = { readings = "count(*)", total = "sum(seq)" }
"""
TAKEOVER_SECONDS = 10
COPY = b"PGCOPY"


class Cluster:
    """A source, two job processes and clients; what the first job process says to the database goes through a gate."""

    def __init__(self, servers, folder):
        self.corner = servers.corner()
        address = f"{servers.env['DB_HOST']}:{servers.env['DB_PORT']}"
        self.gate = Gate((servers.env["DB_HOST"], int(servers.env["DB_PORT"])))
        text = PIPELINE + self.corner.log()
        gated = text + self.corner.store().replace(address, f"127.0.0.1:{self.gate.port}")
        text += self.corner.store()
        assert gated != text
        self.source, self.victim, self.other = (self.process(folder / name, file) for name, file in (
            ("source", text), ("victim", gated), ("other", text)))
        self.source.start("--only", "sources", "--instance", "s")
        self.stop = threading.Event()
        self.clients = [Client([self.source], f"client-{i}", self.stop) for i in range(8)]
        for name, job in (("victim", self.victim), ("other", self.other)):
            job.start("--only", "jobs", "--instance", name)
        for client in self.clients:
            client.start()
        for job in (self.victim, self.other):
            job.wait_for(lambda: 0 < len(self.next_positions(job)) < PARTITIONS, 30, "a share each")
        self.other.wait_for(lambda: len(self.stored()) == PARTITIONS, 30, "readings in every partition")

    @staticmethod
    def process(folder, text):
        folder.mkdir()
        return Sluice(folder, text)

    @staticmethod
    def next_positions(job):
        _, text = job.request("/metrics", timeout=5)
        return {line.split(" ")[0]: float(line.split(" ")[1]) for line in text.splitlines()
                if line.startswith("sluice_job_next_position{") and ".dead" not in line}

    def stored(self):
        """By partition, as the database has it."""
        return dict(self.corner.query("SELECT _partition, count(*) FROM readings GROUP BY 1"))

    def seconds_until_all_move(self):
        before, started = self.stored(), time.monotonic()
        self.other.wait_for(lambda: all(self.stored()[p] > before[p] for p in before), 60, f"a takeover of {before}")
        return time.monotonic() - started

    def finish(self):
        self.stop.set()
        for client in self.clients:
            client.join(60)
            assert not client.is_alive()
        expected = sorted([c.name, c.accepted, c.accepted, c.accepted] for c in self.clients)
        ask = ("SELECT device, count(*), count(DISTINCT seq), (SELECT sum(readings)::bigint FROM by_minute b WHERE b.device = r.device) "
               "FROM readings r GROUP BY 1 ORDER BY 1")
        self.other.wait_for(lambda: [list(row) for row in self.corner.query(ask)] == expected, 60,
                            f"{expected}, have {self.corner.query(ask)}")

    def end(self):
        self.stop.set()
        self.gate.close()
        for one in (self.source, self.victim, self.other):
            if one.process is not None:
                one.process.send_signal(signal.SIGCONT)
                one.kill()


@pytest.fixture
def cluster(servers, tmp_path):
    made = Cluster(servers, tmp_path)
    yield made
    made.end()


def test_stopped_past_its_session_it_is_replaced_and_adds_nothing(cluster):
    cluster.victim.process.send_signal(signal.SIGSTOP)
    assert cluster.seconds_until_all_move() < TAKEOVER_SECONDS
    cluster.victim.process.send_signal(signal.SIGCONT)
    time.sleep(3)  # for it to do its worst
    cluster.finish()


def test_stopped_inside_copy_it_is_replaced_and_adds_nothing(cluster):
    cluster.gate.arm(COPY, "hold")
    cluster.source.wait_for(lambda: cluster.gate.happened["hold"] == 1, 30, "COPY")
    cluster.victim.process.send_signal(signal.SIGSTOP)
    assert cluster.seconds_until_all_move() < TAKEOVER_SECONDS
    cluster.victim.process.send_signal(signal.SIGCONT)
    cluster.gate.release()
    time.sleep(3)  # for it to do its worst
    cluster.finish()


def test_stopped_with_nothing_to_do_it_is_replaced_and_adds_nothing(cluster):
    cluster.finish()
    cluster.victim.process.send_signal(signal.SIGSTOP)
    time.sleep(1)
    cluster.stop.clear()
    late = [Client([cluster.source], f"late-{i}", cluster.stop) for i in range(8)]
    for client in late:
        client.start()
    cluster.clients += late
    assert cluster.seconds_until_all_move() < TAKEOVER_SECONDS
    cluster.victim.process.send_signal(signal.SIGCONT)
    time.sleep(3)  # for it to do its worst
    cluster.finish()
