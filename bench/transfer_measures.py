"""What is measured from a topic to a table, P11 and P14, on a real broker and a real database (bench/cluster.py). What is not
said here is said in bench/README.md."""
import subprocess

from cluster import PYTHON, Waiting, cpu_of, ended, needed
from cluster_measures import messages, read, store
from report import row
from sides import ROOT, Running, process_cost

COMMIT = 122_880  # rows that a job behind its log commits at once
TABLE = "sensor_id text, timestamp timestamptz, temperature float8, humidity float8"
JOBS = """
[stream.readings]
key = "sensor_id"
time = "timestamp"
fields = { sensor_id = "string", timestamp = "timestamp", temperature = "double", humidity = "double" }
partitions = 4
[source.ingest]
kind = "http"
stream = "readings"
[log]
kind = "kafka"
brokers = "BROKERS"
topic_prefix = "PREFIX"
[store]
kind = "postgres"
url = "URL"
schema = "SCHEMA"
"""
# The fields of a line of input.h, between its quotes; no JSON is parsed.
AWK = '{ print $4 "\\t" $8 "\\t" substr($11, 2, length($11) - 2) "\\t" substr($13, 2, length($13) - 2) }'


class Transfer:
    """Records on their way into a table `readings`, as the database saw them: the time is from the first commit to the last,
    the first one's rows not counted; where there is but one, from the moment that its first rows are there. CPU seconds count
    from that moment on. All sides are measured by it."""

    def __init__(self, cluster, schema):
        self.cluster, self.schema = cluster, schema
        self.first_rows = Waiting(cluster, f"""coalesce((SELECT sum(pg_relation_size(c.oid)) FROM pg_class c
            WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind = 'r'
            AND (c.relname = 'readings' OR c.relname LIKE 'sluice\\_readings\\_%')), 0) > 0""")

    def begun(self, pids):
        """Returns when the first rows are there."""
        self.first = self.first_rows.when()
        self.cpu = cpu_of(pids, ended_children=False)
        self.database = self.cluster.database_cpu()

    def figures(self, cpu, peak):
        """After the last row; `cpu` of the processes since their start."""
        database = self.cluster.database_cpu() - self.database
        answer = self.cluster.sql("""SELECT extract(epoch FROM pg_xact_commit_timestamp(id)), n
            FROM (SELECT xmin AS id, count(*) AS n FROM readings GROUP BY 1) AS commits ORDER BY 1""", schema=self.schema)
        commits = [tuple(map(float, line.split("|"))) for line in answer.splitlines()]
        rows = sum(n for _, n in commits)
        first, counted = (commits[0][0], rows - commits[0][1]) if len(commits) > 1 else (self.first, rows)
        seconds = commits[-1][0] - first
        return {"readings": counted, "seconds": seconds, "per_second": counted / seconds, "cpu_seconds": cpu - self.cpu,
                "database_seconds": database * counted / rows, "peak_mib": peak, "rows": rows, "commits": len(commits)}


def checked(figures, count):
    if figures["rows"] != count:
        raise RuntimeError(f"{figures['rows']:.0f} rows are in the table, not {count}")
    return figures


def whole(bench):
    """`sluice run --only jobs` over a topic that is full already."""
    cluster, count = bench.cluster, messages(bench)
    prefix = cluster.prefix(bench, count)
    schema = cluster.schema()
    text = JOBS
    for name, value in (("BROKERS", cluster.brokers), ("PREFIX", prefix), ("URL", cluster.url), ("SCHEMA", schema)):
        text = text.replace(name, value)
    transfer = Transfer(cluster, schema)
    with Running(bench.fresh(), text) as sluice:
        sluice.start("--only", "jobs", wait=False)
        transfer.begun([sluice.process.pid])
        Waiting(cluster, f"(SELECT sum(next) FROM {schema}.sluice_position WHERE stream = 'readings') >= {count}").when()
        figures = checked(transfer.figures(*process_cost(sluice.process.pid)), count)
    cluster.drop(schema)
    return figures


def consumed(bench, start, count):
    """Processes that put `count` records into a plain table and end by themselves."""
    cluster = bench.cluster
    schema = cluster.schema()
    cluster.sql(f"CREATE TABLE readings ({TABLE})", schema=schema)
    transfer = Transfer(cluster, schema)
    processes = start(cluster.psql_env(schema=schema))
    try:
        transfer.begun([process.pid for process in processes])
        figures = checked(transfer.figures(*ended(processes)), count)
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
                process.wait()
    cluster.drop(schema)
    return figures


def python(bench, how, count):
    cluster = bench.cluster
    topic = cluster.prefix(bench, messages(bench)) + "readings"
    words = [needed(PYTHON), ROOT / "bench/bare/python_consumer.py", how, cluster.brokers, topic, str(count), "readings"]
    return consumed(bench, lambda env: [subprocess.Popen(words, env=env)], count)


def pipe(bench):
    """Deep queue: kcat may hold all of the topic that has come."""
    cluster, count = bench.cluster, messages(bench)
    kcat = [needed("kcat"), "-C", "-q", "-e", "-b", cluster.brokers, "-t", cluster.prefix(bench, count) + "readings",
            "-o", "beginning", "-X", "queued.min.messages=1000000", "-X", "fetch.message.max.bytes=4194304"]

    def start(env):
        first = subprocess.Popen(kcat, stdout=subprocess.PIPE)
        second = subprocess.Popen([needed("awk"), "-F", '"', AWK], stdin=first.stdout, stdout=subprocess.PIPE)
        third = subprocess.Popen([needed("psql"), "-Xq", "-c", "\\copy readings FROM STDIN"], stdin=second.stdout, env=env)
        first.stdout.close()
        second.stdout.close()
        return [first, second, third]

    return consumed(bench, start, count)


def tutorials(bench):
    """All comparators and then ours, in each turn."""
    sides = (("a Python consumer, one INSERT and commit a message", 250, lambda: python(bench, "insert", bench.pick(2_000, 500))),
             ("a Python consumer, INSERT of 1,000 rows (psycopg2)", 25,
              lambda: python(bench, "values", bench.pick(30_000, 5_000))),
             ("a Python consumer, INSERT of 1,000 rows (psycopg 3)", None,
              lambda: python(bench, "batch", bench.pick(60_000, 5_000))),
             ("a Python consumer, COPY of 10,000 rows", 3.5, lambda: python(bench, "copy", bench.pick(300_000, 40_000))),
             ("kcat → awk → psql \\copy", 0.8, lambda: pipe(bench)))
    bare, ours = [[] for _ in sides], []
    for turn in range(bench.rounds):
        for runs, (_, _, side) in zip(bare, sides):
            runs.append(side())
        ours.append(whole(bench))
        rates = ", ".join(f"{runs[-1]['per_second']:,.0f}" for runs in bare)
        bench.say(f"P14, turn {turn + 1} of {bench.rounds}: ours {ours[-1]['per_second']:,.0f} in {ours[-1]['commits']:.0f} "
                  f"commits, comparators {rates}")
    return [row("P14", f"Kafka (JSON) to PostgreSQL ÷ {what}", "readings/s", goal, (ours, runs))
            for runs, (what, goal, _) in zip(bare, sides)]


def slowest_stage(bench):
    stages = {"reading": read(bench), "store": store(bench, "plain", COMMIT, bench.pick(12, 2))}
    bench.say("P11 alone: " + ", ".join(f"{name} {run['per_second']:,.0f}" for name, run in stages.items()))
    return min(stages.values(), key=lambda run: run["per_second"])


def end_to_end(bench):
    runs = bench.turns("P11 Kafka to PostgreSQL", lambda: slowest_stage(bench), lambda: whole(bench), "per_second")
    return [row("P11", "Kafka (JSON) to PostgreSQL ÷ the slower of reading and storing alone", "readings/s", 0.60, runs)]
