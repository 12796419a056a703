"""Kill loop over the whole embedded pipeline (rules D1, D2, D3, D4, D10).

HTTP clients retry with idempotency keys and a growing file is followed, while the process is killed with SIGKILL again
and again, each time shortly after it committed. Afterwards everything that was accepted is in the store exactly once, the
books agree and the backlog is drained. SLUICE_KILL_SECONDS makes it longer (default 60), SLUICE_SEED repeats a run.
"""
import json
import random
import threading
import time

import duckdb

from clients import Client, stamp, stream
from conftest import seconds_from

PIPELINE = stream() + """
[stream.lines]
key = "device"
time = "at"
fields = { device = "string", at = "timestamp", seq = "int" }
[source.growing]
kind = "file"
stream = "lines"
path = "growing-*.ndjson"
follow = true
[summary.by_minute]
stream = "readings"
every = "1m"
by = ["device"]
values = { readings = "count(*)", total = "sum(seq)", mean = "avg(value)" }
"""

CLIENTS = 4


class Writer(threading.Thread):
    """Appends lines to files that are followed, going on to a new file now and then."""

    def __init__(self, folder, stop):
        super().__init__(daemon=True)
        self.folder, self.stop = folder, stop
        self.written = 0

    def run(self):
        number = 0
        while not self.stop.is_set():
            with (self.folder / f"growing-{number:04}.ndjson").open("a") as file:
                for _ in range(200):
                    for _ in range(10):
                        file.write(json.dumps({"device": f"line-{self.written % 7}", "at": stamp(self.written),
                                               "seq": self.written}) + "\n")
                        self.written += 1
                    file.flush()
                    time.sleep(0.01)
                    if self.stop.is_set():
                        return
            number += 1


def kill_until(sluice, limit, chance):
    """Kills at the pace of the rules: 0.2 to 2 s after the first commit since the start."""
    kills = 0
    while time.monotonic() < limit:
        sluice.start()
        before = sluice.wait_for(lambda: sluice.committed() + 1, 10, "status")
        sluice.wait_for(lambda: sluice.committed() + 1 > before, 30, "commit after a start")
        time.sleep(chance.uniform(0.2, 2.0))
        sluice.kill()
        kills += 1
    return kills


def test_everything_accepted_is_stored_exactly_once(sluice, tmp_path):
    seed = int(seconds_from("SLUICE_SEED", random.randrange(1 << 30)))
    print(f"SLUICE_SEED={seed}")
    pipeline = sluice(PIPELINE)
    stop = threading.Event()
    clients = [Client([pipeline], f"client-{i}", stop) for i in range(CLIENTS)]
    writer = Writer(tmp_path, stop)
    for thread in [*clients, writer]:
        thread.start()
    kills = kill_until(pipeline, time.monotonic() + seconds_from("SLUICE_KILL_SECONDS", 60), random.Random(seed))

    stop.set()
    pipeline.start()
    for thread in [*clients, writer]:
        thread.join(60)
        assert not thread.is_alive(), "a client got no answer after the kills ended"
    pipeline.wait_for(lambda: pipeline.sql("SELECT count(*) FROM lines")[0][0] >= writer.written, 60, "followed file")
    pipeline.wait_drained()
    books = pipeline.audit_agrees()
    code, seconds = pipeline.stop()
    assert code == 0 and seconds < 10

    check_store(tmp_path / "data/store/sluice.duckdb", clients, writer)
    print(f"{kills} kills, {sum(c.accepted for c in clients)} readings by HTTP after "
          f"{sum(c.retries for c in clients)} retries, {writer.written} lines, books: {books['streams']}")
    assert kills >= 5


def check_store(path, clients, writer):
    """Count, sum and distinct sequence numbers per key, read by DuckDB itself."""
    with duckdb.connect(str(path), read_only=True) as store:
        rows = {name: rest for name, *rest in store.execute(
            "SELECT device, count(*), count(DISTINCT seq), sum(seq), min(seq), max(seq) FROM readings GROUP BY 1").fetchall()}
        for client in clients:
            n = client.accepted
            assert rows[client.name] == [n, n, n * (n - 1) // 2, 0, n - 1], (client.name, n, rows[client.name])
        n = writer.written
        assert store.execute("SELECT count(*), count(DISTINCT seq), sum(seq) FROM lines").fetchone() == (
            n, n, n * (n - 1) // 2)
        differing = store.execute("""
            SELECT count(*) FROM (SELECT device, time_bucket(INTERVAL 1 minute, "at") AS w, count(*) AS c, sum(seq) AS s
                                  FROM readings GROUP BY ALL) AS raw
            FULL JOIN by_minute ON raw.device = by_minute.device AND raw.w = by_minute.interval_start
            WHERE raw.c IS DISTINCT FROM by_minute.readings OR raw.s IS DISTINCT FROM by_minute.total""").fetchone()
        assert differing == (0,), "summaries differ from a recomputation over the raw rows"
