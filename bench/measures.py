"""What is measured: a function for each goal; each returns its rows (bench/report.py). What is not said here is said in
bench/README.md."""
import shutil
import time

import cluster_measures
import transfer_measures
from report import row
from sides import Floor, Running, cost_of_run, process_cost, with_cost

INGEST = "/ingest/readings"
PIPELINE = """
data_dir = "data"
[stream.readings]
key = "sensor_id"
time = "timestamp"
fields = { sensor_id = "string", timestamp = "timestamp", temperature = "double", humidity = "double" }
[source.ingest]
"""
HTTP = PIPELINE + 'kind = "http"\nstream = "readings"\n'
FILE = PIPELINE + 'kind = "file"\nstream = "readings"\npath = "INPUT"\n'
COMMIT = 122_880  # rows that a job behind its log commits at once


def decode(bench):
    seconds = bench.pick(1.5, 0.3)
    rows = []
    for how, what, goal in (("line", "message by message", 0.55), ("stream", "iterate_many", None)):
        runs = bench.turns(f"P2 {what}", lambda: bench.program("simdjson_loop", how, seconds),
                           lambda: bench.program("decode_bench", "ndjson", seconds), "per_second")
        rows.append(row("P2", f"NDJSON to columns ÷ bare simdjson, {what}", "readings/s", goal, runs))
    return rows


def store(bench, kind, rows, commits):
    here = bench.fresh()
    return bench.program("store_bench", kind, rows, commits, here, folder=here)


def appender(bench, rows, commits):
    here = bench.fresh()
    return bench.program("duckdb_appender", rows, commits, here, folder=here)


def summaries(bench):
    commits = bench.pick(16, 4)
    runs = bench.turns("P5", lambda: store(bench, "plain", COMMIT, commits),
                       lambda: store(bench, "summary", COMMIT, commits), "per_second")
    return [row("P5", "store commit with one summary ÷ without", "readings/s", 0.70, runs)]


def commits(bench):
    rows = []
    for size, count, goal in ((COMMIT, bench.pick(16, 4), 0.75), (10_000, bench.pick(80, 10), None)):
        runs = bench.turns(f"P6 {size:,} rows", lambda: appender(bench, size, count),
                           lambda: store(bench, "plain", size, count), "per_second")
        rows.append(row("P6", f"store commit ÷ bare DuckDB appender, {size:,} rows a transaction", "readings/s", goal, runs))
    return rows


def log_groups(bench, how, groups):
    here = bench.fresh()
    return bench.program("log_bench", how, here, groups, folder=here)


def synced_groups(bench, like):
    """As many bytes in groups as large as those that `like` stored."""
    here = bench.fresh()
    return bench.program("synced_file", "append", here / "bare", int(like["stored_bytes"]), int(like["group_bytes"]),
                         int(like["readings"]), folder=here)


def appends(bench):
    groups = bench.pick(1280, 160)  # 330 MB: past ten memtables of 16 MiB
    like = log_groups(bench, "append", 64)
    like = {key: value * groups / 64 for key, value in like.items()} | {"group_bytes": like["group_bytes"]}
    rows = []
    for how, what, goal in (("append", "many under way", 0.60), ("turns", "each durable before the next", 0.60)):
        runs = bench.turns(f"P8 {what}", lambda: synced_groups(bench, like), lambda: log_groups(bench, how, groups),
                           "mb_per_second")
        rows.append(row("P8", f"log append of 256 KiB groups, {what} ÷ append + fdatasync of the stored bytes", "MB/s", goal,
                        runs, "mb_per_second"))
    return rows


def synced_writes(bench, count):
    here = bench.fresh()
    return bench.program("synced_file", "ack", here / "bare", count, 4096, folder=here)


def acknowledgements(bench):
    count, seconds = bench.pick(2000, 300), bench.pick(2, 0.5)
    with Running(bench.fresh(), HTTP) as sluice:
        sluice.start()
        runs = bench.turns("P9 HTTP, p50", lambda: synced_writes(bench, count), lambda: posted(bench, sluice, 1, seconds, 1),
                           "p50_ms")
    alone = bench.turns("P9 log alone, p50", lambda: synced_writes(bench, count),
                        lambda: log_groups(bench, "ack", count), "p50_ms")
    what = "one client's durable 202 ÷ write + fdatasync of 4 KiB"
    return [row("P9", f"{what}, p50", "ms", 3, runs, "p50_ms", lower=True),
            row("P9", f"{what}, p99", "ms", 10, runs, "p99_ms", lower=True),
            row("P9", "the log alone, p50", "ms", None, alone, "p50_ms", lower=True),
            row("P9", "the log alone, p99", "ms", None, alone, "p99_ms", lower=True)]


def posted(bench, sluice, connections, seconds, lines):
    """Load against sluice; its CPU counts until all is in the store, and the comparator's turn begins after that."""
    before, _ = process_cost(sluice.process.pid)
    figures = bench.load(sluice.port, INGEST, connections, seconds, lines)
    sluice.wait_drained(120)
    return with_cost(sluice.process.pid, figures, before)


def answered(bench, floor, connections, seconds, lines):
    before, _ = process_cost(floor.process.pid)
    return with_cost(floor.process.pid, bench.load(floor.port, INGEST, connections, seconds, lines), before)


def http(bench):
    seconds = bench.pick(4, 1)
    rows = []
    for connections, lines, what in ((64, 1, "single POST"), (64, 100, "POST of 100 NDJSON lines"),
                                     (8, 5000, "POST of 5,000 NDJSON lines")):
        with Floor() as floor, Running(bench.fresh(), HTTP) as sluice:
            sluice.start()
            runs = bench.turns(f"P10 {what}", lambda: answered(bench, floor, connections, seconds, lines),
                               lambda: posted(bench, sluice, connections, seconds, lines), "per_second")
        goal = 0.60 if lines == 1 else None
        rows.append(row("P10", f"{what} to the durable log ÷ bare epoll server", "readings/s", goal, runs))
        if lines > 1:
            rows.append(row("P10", f"{what} to the durable log", "readings/s", 800_000, (runs[0], [])))
    return rows


def write_input(path, count, block=100_000):
    """`count` readings as NDJSON: the same `block` lines, an hour later each time."""
    lines = "".join(f'{{"sensor_id":"sensor-{i % 50}","timestamp":"2025-10-DAYTHOUR:{i // 2000:02}:{i // 40 % 50:02}.{i % 1000:03}Z",'
                    f'"temperature":{20 + i % 100 * 0.01:.2f},"humidity":{50 + i % 70 * 0.1:.1f}}}\n' for i in range(block))
    with path.open("w") as file:
        for part in range(count // block):
            file.write(lines.replace("DAYTHOUR", f"{part // 24 + 1:02}T{part % 24:02}"))


def file_to_store(bench, source, count):
    """A run from start to end, both included."""
    here = bench.fresh()
    with Running(here, FILE.replace("INPUT", str(source))) as sluice:
        started = time.monotonic()
        figures = cost_of_run(sluice.start("--until-done", wait=False))
        seconds = time.monotonic() - started
    shutil.rmtree(here)
    return {"readings": count, "seconds": seconds, "per_second": count / seconds, **figures}


def short_run(bench):
    """Start and stop, which file_to_store includes."""
    source = bench.fresh() / "short.ndjson"
    write_input(source, 100, block=100)
    return file_to_store(bench, source, 100)["seconds"]


def slowest_stage(bench, count):
    """Decoding, logging and storing alone, one after the other; the slowest is what the whole cannot beat by much."""
    stages = {"decode": bench.program("decode_bench", "readings", bench.pick(1.5, 0.3)),
              "log": log_groups(bench, "readings", count),
              "store": store(bench, "plain", COMMIT, bench.pick(16, 4))}
    bench.say("P11 alone: " + ", ".join(f"{name} {run['per_second']:,.0f}" for name, run in stages.items()))
    return min(stages.values(), key=lambda run: run["per_second"])


def end_to_end(bench):
    count = bench.pick(3_000_000, 400_000)
    source = bench.fresh() / "input.ndjson"
    write_input(source, count)
    bench.say(f"P11: a run over a hundred readings takes {short_run(bench):.2f} s")
    runs = bench.turns("P11", lambda: slowest_stage(bench, count), lambda: file_to_store(bench, source, count),
                       "per_second")
    source.unlink()
    return [row("P11", "NDJSON file to store ÷ the slowest of decoding, logging and storing alone", "readings/s", 0.60, runs)]


def restart_once(bench, sluice, load):
    """Kill -9 under load; (figures from the new start to a new commit, the new load)."""
    sluice.kill()
    bench.end_load(load)
    started = time.monotonic()
    sluice.start(wait=False)
    load = bench.start_load(sluice.port, INGEST, 64, 120, 100)
    sluice.await_new_commit(60)
    seconds = time.monotonic() - started
    bench.say(f"P12: {seconds:.2f} s")
    return {"seconds": seconds, "peak_mib": process_cost(sluice.process.pid)[1]}, load


def restarts(bench):
    figures = []
    with Running(bench.fresh(), HTTP) as sluice:
        sluice.start()
        load = bench.start_load(sluice.port, INGEST, 64, 120, 100)
        try:
            for _ in range(bench.rounds):
                time.sleep(bench.pick(4, 1))
                measured, load = restart_once(bench, sluice, load)
                figures.append(measured)
        finally:
            load.kill()
            load.wait()
    return [row("P12", "restart after kill -9 under full load to a new commit", "s", 3, (figures, []), "seconds",
                lower=True)]


def each(*measures):
    """Their rows, one after the other: those of the first stay when the second fails."""
    return lambda bench: (row for measure in measures for row in measure(bench))


MEASURES = {"P1": cluster_measures.reads, "P2": decode, "P3": cluster_measures.commits, "P4": cluster_measures.appends,
            "P5": each(summaries, cluster_measures.summaries), "P6": commits, "P8": appends, "P9": acknowledgements,
            "P10": http, "P11": each(end_to_end, transfer_measures.end_to_end), "P12": restarts,
            "P14": transfer_measures.tutorials}
