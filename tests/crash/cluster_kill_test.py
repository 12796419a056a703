"""Kill loop over a cluster (rules D1 to D4, D6, D10): two source processes, three job processes and an API on one real
broker and one real database, each killed again and again, jobs leaving in order and joining, the servers restarted now
and then.

Every process must have committed (a source: accepted) between its kills. Afterwards everything that was accepted is in
PostgreSQL exactly once, the summaries equal a recomputation from the rows, the books agree and the backlog is drained.
SLUICE_CLUSTER_SECONDS makes it longer (default 180), SLUICE_SEED repeats a run.
"""
import random
import re
import threading
import time

from clients import Client, stamp, stream
from conftest import Sluice, seconds_from

PIPELINE = stream(4) + """
[stream.lines]
key = "device"
time = "at"
fields = { device = "string", at = "timestamp", seq = "int" }
partitions = 4
[source.replayed]
kind = "file"
stream = "lines"
path = "%s"
speed = 0
follow = true
[summary.by_minute]
stream = "readings"
every = "1m"
by = ["device"]
values = { readings = "count(*)", total = "sum(seq)", mean = "avg(value)" }
"""
# One in each of the four partitions, by Kafka's murmur2: no job process is without work.
DEVICES = ("client-8", "client-7", "client-0", "client-2")
LINES = 400_000


class Killer(threading.Thread):
    """One process of the cluster: started, killed a while after it has done something, started again. One that may leave
    does so in order each third time, and stays away for a moment."""

    def __init__(self, process, options, metric, pause, until, chance, leaves=False):
        super().__init__(daemon=True)
        self.process, self.options, self.metric = process, options, metric
        self.pause, self.until, self.chance, self.leaves = pause, until, chance, leaves
        self.kills = 0
        self.left = 0
        self.failure = None

    def run(self):
        try:
            self.loop()
        except BaseException as error:  # told by the main thread
            self.failure = error

    def counts(self):
        _, text = self.process.request("/metrics", timeout=5)
        return {labels: float(value) for labels, value in re.findall(rf"^{self.metric}({{.*}}) (\S+)$", text, re.M)}

    def wait_for_work(self):
        """A count that was there has grown: a partition that was only claimed shows where it stood before."""
        before = {}

        def grown():
            now = self.counts()
            done = any(now[labels] > before[labels] for labels in before.keys() & now.keys())
            before.update({labels: value for labels, value in now.items() if labels not in before})
            return done

        self.process.wait_for(grown, 60, "work after a start")

    def loop(self):
        """Ends with the process running: also one that left, or was killed, just before."""
        while True:
            self.process.start(*self.options)
            self.wait_for_work()
            time.sleep(self.chance.uniform(*self.pause))
            if time.monotonic() >= self.until:
                return
            if self.leaves and (self.kills + self.left) % 3 == 2:
                code, seconds = self.process.stop()
                assert code == 0 and seconds < 10, (code, seconds)
                self.left += 1
                time.sleep(self.chance.uniform(0, 4))
            else:
                self.process.kill()
                self.kills += 1


def restart_servers(servers, until, chance):
    """The broker and the database go away for a moment, in turn."""
    restarts = 0
    for name in ("postgres", "kafka") * 100:
        pause = chance.uniform(25, 40)
        if time.monotonic() + pause + 15 > until:
            return restarts
        time.sleep(pause)
        servers.restart(name)
        restarts += 1
    return restarts


def test_everything_accepted_is_in_the_database_exactly_once(servers, tmp_path):
    seed = int(seconds_from("SLUICE_SEED", random.randrange(1 << 30)))
    print(f"SLUICE_SEED={seed}")
    chance = random.Random(seed)
    lines = tmp_path / "lines.ndjson"
    with lines.open("w") as file:
        for n in range(LINES):
            file.write(f'{{"device":"line-{n % 7}","at":"{stamp(n)}","seq":{n}}}\n')
    corner = servers.corner()
    text = PIPELINE % lines + corner.log() + corner.store()

    def process(name):
        (tmp_path / name).mkdir()
        return Sluice(tmp_path / name, text)

    sources = [process(f"source-{i}") for i in range(2)]
    jobs = [process(f"job-{i}") for i in range(3)]
    api = process("api")
    length = seconds_from("SLUICE_CLUSTER_SECONDS", 180)
    until = time.monotonic() + length
    killers = [Killer(p, ("--only", "sources", "--instance", f"s{i}"), "sluice_stream_accepted_total", (0.2, 2.0), until,
                      random.Random(chance.random())) for i, p in enumerate(sources)]
    killers += [Killer(p, ("--only", "jobs", "--instance", f"j{i}"), "sluice_job_next_position", (8, 15), until,
                       random.Random(chance.random()), leaves=True) for i, p in enumerate(jobs)]
    stop = threading.Event()
    clients = [Client(sources, device, stop) for device in DEVICES]
    api.start("--only", "api")
    try:
        for thread in [*killers, *clients]:
            thread.start()
        restarts = restart_servers(servers, until, chance)
        finish(killers, clients, stop)
        api.wait_for(lambda: corner.query("SELECT count(*) FROM lines")[0][0] >= LINES, 120, "the whole file")
        api.wait_drained(120)
        books = api.audit_agrees()
        check_tables(corner, clients)
        print(f"kills {[k.kills for k in killers]}, left {[k.left for k in killers]}, {restarts} restarts of servers, "
              f"{sum(c.accepted for c in clients)} "
              f"readings by HTTP after {sum(c.retries for c in clients)} retries, books: {books['streams']}")
        check_that_there_was_trouble(length, killers, restarts)
        for one in [*sources, *jobs, api]:
            code, seconds = one.stop()
            assert code == 0 and seconds < 10, (one.folder, code, seconds)
    finally:
        for one in [*sources, *jobs, api]:
            if one.process is not None:
                one.process.kill()
                one.process.wait()


def check_that_there_was_trouble(length, killers, restarts):
    """At the least: a source is killed every fifteen seconds, a job every minute, a server restarted every minute."""
    for killer in killers:
        assert killer.kills >= length // (60 if killer.leaves else 15), (killer.options, killer.kills)
    assert restarts >= length // 60 - 1, restarts
    assert length < 120 or any(killer.left for killer in killers), "no job left in order"


def finish(killers, clients, stop):
    for killer in killers:
        killer.join(120)
        assert not killer.is_alive() and killer.failure is None, (killer.process.folder, killer.failure)
    stop.set()
    for client in clients:
        client.join(90)
        assert not client.is_alive(), "a client got no answer after the kills ended"


def check_tables(corner, clients):
    """Count, sum and distinct sequence numbers per key, read by a driver of others."""
    rows = {name: rest for name, *rest in corner.query(
        "SELECT device, count(*), count(DISTINCT seq), sum(seq), min(seq), max(seq) FROM readings GROUP BY 1")}
    for client in clients:
        n = client.accepted
        assert rows[client.name] == [n, n, n * (n - 1) // 2, 0, n - 1], (client.name, n, rows[client.name])
    assert corner.query("SELECT count(*), count(DISTINCT seq), sum(seq) FROM lines") == [
        (LINES, LINES, LINES * (LINES - 1) // 2)]
    differing = corner.query("""
        SELECT count(*) FROM (SELECT device, date_trunc('minute', at) AS w, count(*) AS c, sum(seq) AS s
                              FROM readings GROUP BY 1, 2) AS raw
        FULL JOIN by_minute ON raw.device = by_minute.device AND raw.w = by_minute.interval_start
        WHERE raw.c IS DISTINCT FROM by_minute.readings OR raw.s IS DISTINCT FROM by_minute.total""")
    assert differing == [(0,)], "summaries differ from a recomputation over the raw rows"
