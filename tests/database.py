"""A PostgreSQL server that a test file has for itself, to be stopped, filled and altered: each test has a schema in it, with a
writer and a reader as `sluice docs grants` makes them. With it: a pipeline that stores there, senders of numbered
readings, and what must be true once all is stored.
"""
import itertools
import json
import os
import pathlib
import subprocess
import threading
import time

import psycopg

from running import PROGRAM, ROOT

SHAPE = """
data_dir = "data"
[stream.readings]
key = "device"
time = "at"
fields = { device = "string", at = "timestamp", seq = "int", value = "double", note = "json" }
[source.ingest]
kind = "http"
stream = "readings"
[summary.by_minute]
stream = "readings"
every = "1m"
by = ["device"]
values = { readings = "count(*)", total = "sum(seq)", mean = "avg(value)", spread = "stddev(value)" }
"""


class Database:
    numbers = itertools.count(1)

    def __init__(self, folder):
        self.folder = folder
        self.service("up")

    def service(self, action):
        done = subprocess.run([ROOT / "tools/services.d/postgres", action, self.folder], check=True, text=True,
                              stdout=subprocess.PIPE)
        if action == "up":
            self.env = dict(line.split("=", 1) for line in done.stdout.splitlines())
            self.port = int(self.env["DB_PORT"])

    def corner(self):
        name = f"corner{next(self.numbers)}"
        grants = subprocess.run([PROGRAM, "docs", "grants"], check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["psql", "-q", "-X", "-v", f"schema={name}", "-v", "writer=sluice", "-v", f"reader={name}_reader"],
                       input=grants, check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGDATABASE": "sluice",
                            "PGUSER": self.env["DB_OWNER"], "PGPASSWORD": self.env["DB_OWNER_PASSWORD"]})
        with self.connect("DB_OWNER") as owner:
            owner.execute(f"ALTER ROLE {name}_reader PASSWORD 'reads'")
        return Corner(self, name)

    def connect(self, role):
        return psycopg.connect(host="127.0.0.1", port=self.port, dbname="sluice", user=self.env[role],
                               password=self.env[role.replace("DB_USER", "DB") + "_PASSWORD"], autocommit=True)


    def admin(self):
        return psycopg.connect(host="127.0.0.1", port=self.port, dbname="sluice", user="postgres", autocommit=True,
                               password=(self.folder / "admin_password").read_text())

    @property
    def home(self):
        return pathlib.Path((self.folder / "home").read_text().strip())


class Corner:
    def __init__(self, database, name):
        self.database, self.name = database, name

    def pipeline(self, port=None, more=""):
        env = self.database.env
        more += '\nsslmode = "disable"' if port else ""  # the gate looks at what passes
        return SHAPE + (f'[store]\nkind = "postgres"\nhost = "127.0.0.1"\nport = {port or self.database.port}\n'
                        f'user = "{env["DB_USER"]}"\npassword = "{env["DB_PASSWORD"]}"\ndatabase = "sluice"\n'
                        f'schema = "{self.name}"\n{more}\n')

    def ask(self, query):
        with psycopg.connect(host="127.0.0.1", port=self.database.port, dbname="sluice", user=f"{self.name}_reader",
                             password="reads") as reader:
            reader.execute(f"SET search_path = {self.name}")
            return reader.execute(query).fetchall()

    def alter(self, *statements):
        """As somebody does by hand, in the role that owns the tables."""
        with self.database.connect("DB_USER") as writer:
            writer.execute(f"SET search_path = {self.name}")
            for statement in statements:
                writer.execute(statement)

    def tables(self):
        return self.ask(f"SELECT tablename::text FROM pg_tables WHERE schemaname = '{self.name}'")

    def rows(self):
        try:
            return self.ask("SELECT count(*) FROM readings")[0][0]
        except psycopg.errors.UndefinedTable:  # the store has not been there yet
            return 0


class Sender(threading.Thread):
    """Sends numbered readings, each batch under its key until it is accepted; `weight` bytes of each nothing makes smaller."""

    def __init__(self, sluice, name, batch=40, weight=0):
        super().__init__(daemon=True)
        self.sluice, self.name, self.batch, self.weight = sluice, name, batch, weight
        self.accepted = 0
        self.said = ""  # when it was refused
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            body = "".join(json.dumps(self.reading(n)) + "\n" for n in range(self.accepted, self.accepted + self.batch))
            while not self.send(body):
                time.sleep(0.01)
            self.accepted += self.batch

    def reading(self, n):
        return {"device": self.name, "at": stamp(n), "seq": n, "value": n / 2, "note": {"n": os.urandom(self.weight).hex() or n}}

    def send(self, body):
        try:
            status, answer = self.sluice.post("/ingest/readings", body, "application/x-ndjson",
                                              Idempotency_Key=f"{self.name}-{self.accepted}")
            self.said = "" if status == 202 else answer
            return status == 202
        except Exception:  # cut, refused, killed: the same again
            return False


def stamp(n):
    return f"2025-10-15T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.{n % 1_000_000:06}Z"


def senders(sluice, count, batch=40, weight=0):
    made = [Sender(sluice, f"sensor-{i}", batch, weight) for i in range(count)]
    for one in made:
        one.start()
    return made


def finish(made):
    for one in made:
        one.over.set()
    for one in made:
        one.join(60)
        assert not one.is_alive()


def check_exact(sluice, corner, made):
    """Everything accepted is there once; summaries and key directory are what the raw rows say; the books agree."""
    accepted = sum(one.accepted for one in made)
    sluice.wait_for(lambda: corner.rows() >= accepted, 60, "last row")
    sluice.wait_drained(10)
    sluice.wait_for(lambda: sluice.audit_agrees(), 10, "audit")
    expected = [(one.name, one.accepted, sum(range(one.accepted)), one.accepted) for one in made if one.accepted]
    assert corner.ask("SELECT device, count(*), sum(seq)::bigint, count(DISTINCT seq) FROM readings GROUP BY 1 "
                      'ORDER BY device COLLATE "C"') == sorted(expected)
    assert corner.ask("SELECT count(*) FROM (SELECT date_bin('1m', at, 'epoch') AS w, device, count(*) AS n, sum(seq) AS s, "
                      "avg(value) AS m, stddev_samp(value) AS d FROM readings GROUP BY 1, 2) r FULL JOIN by_minute b ON "
                      "b.interval_start = r.w AND b.device = r.device WHERE r.n IS DISTINCT FROM b.readings OR r.s IS "
                      "DISTINCT FROM b.total OR abs(r.m - b.mean) > 1e-6 OR abs(r.d - b.spread) > 1e-6") == [(0,)]
    assert corner.ask("SELECT key, readings FROM sluice_key ORDER BY 1") == \
        [(name, count) for name, count, _, _ in sorted(expected)]
