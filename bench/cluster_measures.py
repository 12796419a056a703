"""What is measured of log and store on a real broker and a real database (bench/cluster.py): a function for each goal; each
returns its rows (bench/report.py). What is not said here is said in bench/README.md."""
import subprocess
import time

from cluster import ended, needed
from report import row

ROWS = 20_000  # a transaction, in comparisons of stores
INDEX = "readings_timestamp_idx"


def messages(bench):
    return bench.pick(2_000_000, 200_000)


def drained(bench):
    prefix = bench.cluster.prefix(bench, messages(bench))
    return bench.program("kafka_drain", bench.cluster.brokers, prefix + "readings")


def read(bench):
    return bench.program("kafka_bench", "read", bench.cluster.brokers, bench.cluster.prefix(bench, messages(bench)))


def reads(bench):
    runs = bench.turns("P1", lambda: drained(bench), lambda: read(bench), "per_second")
    return [row("P1", "Kafka to typed batches ÷ raw librdkafka drain", "readings/s", 0.70, runs)]


def with_database(cluster, run):
    before = cluster.database_cpu()
    return {**run(), "database_seconds": cluster.database_cpu() - before}


def store(bench, kind, rows, commits, index=True):
    """Our store's commits into fresh tables."""
    cluster = bench.cluster
    schema = cluster.schema()
    bench.program("store_bench", kind, rows, 0, cluster.url, schema)
    if not index:
        cluster.sql(f"DROP INDEX {INDEX}", schema=schema)
    figures = with_database(cluster, lambda: bench.program("store_bench", kind, rows, commits, cluster.url, schema))
    cluster.drop(schema)
    return figures


class CopyInput:
    """The rows of one commit as a file for COPY, made from a table of ours; and tables like that one."""

    def __init__(self, bench):
        self.cluster = bench.cluster
        self.model = self.cluster.schema()
        self.one = bench.fresh() / "rows.bin"
        bench.program("store_bench", "plain", ROWS, 1, self.cluster.url, self.model)
        self.cluster.sql(f"\\copy (SELECT * FROM readings) TO '{self.one}' (FORMAT binary)", schema=self.model)
        self.days = self.cluster.sql("SELECT DISTINCT ingested_at::date, ingested_at::date + 1 FROM readings",
                                     schema=self.model).splitlines()

    def of(self, commits):
        """The same rows so many times in one file: a header of 19 bytes, rows, a trailer of 2."""
        whole = self.one.with_name("whole.bin")
        bytes_of_one = self.one.read_bytes()
        with whole.open("wb") as file:
            file.write(bytes_of_one[:19])
            for _ in range(commits):
                file.write(bytes_of_one[19:-2])
            file.write(bytes_of_one[-2:])
        return whole

    def table(self, index):
        """A new schema with an empty table as ours is, its days made."""
        schema = self.cluster.schema()
        like = "INCLUDING INDEXES" if index else ""
        text = f"CREATE TABLE readings (LIKE {self.model}.readings {like}) PARTITION BY RANGE (ingested_at);"
        for number, day in enumerate(self.days):
            first, last = day.split("|")
            text += f"CREATE TABLE day{number} PARTITION OF readings FOR VALUES FROM ('{first} 00:00Z') TO ('{last} 00:00Z');"
        self.cluster.sql(text, schema=schema)
        return schema


def copied(bench, given, files, rows, index=True):
    """`psql \\copy` of each file, a transaction each. The database's clock says how long: psql's start is not in it."""
    cluster = bench.cluster
    schema = given.table(index)
    clock = "SELECT extract(epoch FROM clock_timestamp());\n"
    script = given.one.with_name("script.sql")
    script.write_text(clock + "".join(f"\\copy readings FROM '{file}' (FORMAT binary)\n" for file in files) + clock)

    def run():
        process = subprocess.Popen([needed("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", script], stdout=subprocess.PIPE,
                                   text=True, env=cluster.psql_env(schema=schema))
        out = process.stdout.read()
        cpu, peak = ended([process])
        first, last = map(float, out.split())
        return {"readings": rows, "seconds": last - first, "per_second": rows / (last - first), "cpu_seconds": cpu,
                "peak_mib": peak}

    figures = with_database(cluster, run)
    cluster.drop(schema)
    return figures


def commits(bench):
    count = bench.pick(50, 5)
    given = CopyInput(bench)
    turns, whole = [given.one] * count, [given.of(count)]
    rows = []
    for what, files, index, goal in (("psql \\copy of 20,000 rows a transaction", turns, True, 0.80),
                                     ("psql \\copy of 20,000 rows a transaction, both without index", turns, False, 0.80),
                                     ("psql \\copy of all in one transaction", whole, True, None)):
        runs = bench.turns(f"P3 {what}", lambda: copied(bench, given, files, count * ROWS, index),
                           lambda: store(bench, "plain", ROWS, count, index), "per_second")
        rows.append(row("P3", f"PostgreSQL commits of 20,000 rows ÷ {what}", "readings/s", goal, runs))
    bench.cluster.drop(given.model)
    return rows


def appended(bench, how):
    prefix = f"appended{time.monotonic_ns()}."
    return bench.program("kafka_bench", how, bench.cluster.brokers, prefix, bench.pick(500_000, 50_000))


def appends(bench):
    runs = bench.turns("P4", lambda: appended(bench, "plain"), lambda: appended(bench, "append"), "per_second")
    return [row("P4", "appends to Kafka, exactly once on ÷ off", "readings/s", 0.93, runs)]


def summaries(bench):
    count = bench.pick(50, 5)
    runs = bench.turns("P5 PostgreSQL", lambda: store(bench, "plain", ROWS, count),
                       lambda: store(bench, "summary", ROWS, count), "per_second")
    return [row("P5", "PostgreSQL commits of 20,000 rows with one summary ÷ without", "readings/s", 0.70, runs)]
