"""A gate before a real broker cuts, stalls and delays what the log sends it (rules D1, D3, D8): whatever was answered is there
once, and a transaction that was cut in the middle is there wholly or not at all."""
import re
import tempfile
import threading
import time

import pytest

from broker import Broker
from clients import Client, stream
from gate import Gate
from running import free_port

PIPELINE = stream(3)
CLIENTS = 3
SENDER = rb"\x00[\x00-\x0f].{4}\x00\x06sluice"  # version, number and client of a request's header
PRODUCE = re.compile(rb"\x00\x00" + SENDER, re.DOTALL)
ADD_PARTITIONS = re.compile(rb"\x00\x18" + SENDER, re.DOTALL)
END_TRANSACTION = re.compile(rb"\x00\x1a" + SENDER, re.DOTALL)


class GatedBroker(Broker):
    """Tells its clients the gate's address, so that everything goes through there."""

    def __init__(self, folder):
        super().__init__(folder)
        broker, controller = free_port(), free_port()
        self.gate = Gate(("127.0.0.1", broker))
        (self.folder / "ports").write_text(f"{broker} {controller}")
        (self.folder / "extra.properties").write_text(f"advertised.listeners=PLAINTEXT://127.0.0.1:{self.gate.port}\n")


@pytest.fixture(scope="module")
def broker():
    with tempfile.TemporaryDirectory(prefix="sluice-gated-") as folder:
        running = GatedBroker(folder).up()
        yield running
        running.gate.close()
        running.down()


@pytest.fixture
def gate(broker):
    yield broker.gate
    broker.gate.disarm()
    broker.gate.open()
    broker.gate.delay = 0.0


class Load:
    """A pipeline on the gated broker, and clients that send to it until they are stopped."""

    def __init__(self, running, broker, prefix):
        self.running = running(PIPELINE + f'[log]\nkind = "kafka"\nbrokers = "127.0.0.1:{broker.gate.port}"\n'
                               f'topic_prefix = "{prefix}."\n').start()
        self.stop = threading.Event()
        self.clients = [Client([self.running], f"client-{i}", self.stop) for i in range(CLIENTS)]
        self.running.wait_for(lambda: self.running.request("/readyz")[0] == 200, 30, "readiness")
        for client in self.clients:
            client.start()
        self.wait_for_more()

    def accepted(self):
        return sum(client.accepted for client in self.clients)

    def wait_for_more(self, seconds=60):
        before = self.accepted()
        self.running.wait_for(lambda: self.accepted() > before + 200, seconds, "more accepted readings")

    def finish(self):
        """Everything accepted is in the table once."""
        self.stop.set()
        for client in self.clients:
            client.join(90)
            assert not client.is_alive(), "a client got no answer"
        self.running.wait_drained()
        rows = {name: rest for name, *rest in self.running.sql(
            "SELECT device, count(*), count(DISTINCT seq), sum(seq) FROM readings GROUP BY 1")}
        for client in self.clients:
            n = client.accepted
            assert rows[client.name] == [n, n, n * (n - 1) // 2], (client.name, n, rows[client.name])
        self.running.audit_agrees()


@pytest.mark.parametrize("request_, kind", [
    (PRODUCE, "cut inside"), (PRODUCE, "cut answer"), (ADD_PARTITIONS, "cut answer"),
    (END_TRANSACTION, "cut inside"), (END_TRANSACTION, "cut answer")],
    ids=["inside-records", "after-records", "after-partitions", "inside-commit", "after-commit"])
def test_a_connection_cut_there_loses_and_doubles_nothing(sluice, broker, gate, request_, kind, request):
    load = Load(sluice, broker, request.node.callspec.id)
    for _ in range(3):
        before = gate.happened[kind]
        gate.arm(request_, kind)
        load.running.wait_for(lambda: gate.happened[kind] > before, 30, "cut")
        load.wait_for_more()
    load.finish()


def test_a_broker_that_stalls_is_waited_for(sluice, broker, gate):
    load = Load(sluice, broker, "stalls")
    for seconds in (3, 12):  # within and beyond the time limit of a transaction
        gate.stall()
        time.sleep(seconds)
        gate.open()
        load.wait_for_more()
    load.finish()


def test_a_broker_that_is_200_ms_away_is_slow_and_nothing_else(sluice, broker, gate):
    load = Load(sluice, broker, "far")
    gate.delay = 0.2
    load.wait_for_more()
    load.finish()
