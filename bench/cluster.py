"""The broker and the database of a run of ./dev bench: started when a measure asks for them first, stopped at its end."""
import os
import pathlib
import shutil
import subprocess

from sides import ROOT, TICKS

PYTHON = ROOT / ".deps/venv/bin/python"


def needed(path_or_name):
    """A program that the comparators need."""
    if shutil.which(path_or_name) is None:
        raise RuntimeError(f"{path_or_name} is missing: run ./dev setup --tests")
    return path_or_name


def tree_of(root):
    """The pids of a process and of all below it."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass  # it ended meanwhile
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def cpu_of(pids, ended_children=True):
    """CPU seconds of processes, and of those below them that were waited for."""
    total = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15 if ended_children else 13]))
    return total / TICKS


def ended(processes):
    """Waits for all; (CPU seconds, the sum of their peaks in MiB)."""
    cpu = peak = 0
    for process in processes:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu += usage.ru_utime + usage.ru_stime
        peak += usage.ru_maxrss / 1024
    failed = [(process.args, process.returncode) for process in processes if process.returncode != 0]
    if failed:
        raise RuntimeError(f"ended with an error: {failed}")
    return cpu, peak


class Waiting:
    """A session in which the database itself waits until something is so: a look every few milliseconds costs it next to
    nothing, and whoever is watched notices nothing."""

    def __init__(self, cluster, condition, seconds=120):
        self.process = cluster.psql_process("writer", f"""
            DO $$ BEGIN
              FOR i IN 1..{seconds * 200} LOOP
                IF {condition} THEN RETURN; END IF;
                PERFORM pg_sleep(0.005);
              END LOOP;
              RAISE EXCEPTION 'not so within {seconds} s';
            END $$;
            SELECT extract(epoch FROM clock_timestamp())""")

    def when(self):
        """The database's clock when it became so."""
        out, error = self.process.communicate()
        if self.process.returncode != 0:
            raise RuntimeError(f"waiting in PostgreSQL: {error[-500:]}")
        return float(out)


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        self.env = {}
        self.schemas = 0
        self.topics = {}

    def start(self):
        self.folder.parent.chmod(0o755)  # the database may run as another user
        self.services("up", "kafka", "postgres")
        # So that commits of any program can be timed afterwards.
        self.sql("ALTER SYSTEM SET track_commit_timestamp = on", "admin")
        self.services("down", "postgres")
        self.services("up", "postgres")
        return self

    def stop(self):
        """Also after a start that failed."""
        if not self.folder.exists():
            return
        self.services("down", "kafka", "postgres")
        home = self.folder / "postgres/home"
        if home.exists():  # may lie elsewhere
            shutil.rmtree(home.read_text().strip(), ignore_errors=True)

    def services(self, word, *names):
        done = subprocess.run([ROOT / "tools/services", word, *names, "--dir", self.folder], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"tools/services {word}: {done.stderr.strip()[-500:]}")
        self.env |= dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    @property
    def brokers(self):
        return self.env["KAFKA_BOOTSTRAP_SERVERS"]

    @property
    def url(self):
        return self.env["DATABASE_URL"]

    def psql_env(self, role="writer", schema="public"):
        """Variables for programs that use libpq: as the writer, the tables' schemas' owner, or who may do anything."""
        user, password = {"writer": (self.env["DB_USER"], self.env["DB_PASSWORD"]),
                          "owner": (self.env["DB_OWNER"], self.env["DB_OWNER_PASSWORD"]),
                          "admin": ("postgres", self.folder / "postgres/admin_password")}[role]
        password = password.read_text() if isinstance(password, pathlib.Path) else password
        return os.environ | {"PGHOST": self.env["DB_HOST"], "PGPORT": self.env["DB_PORT"], "PGDATABASE": self.env["DB_NAME"],
                             "PGUSER": user, "PGPASSWORD": password, "PGOPTIONS": f"-c search_path={schema}"}

    def psql_process(self, role, text, schema="public"):
        process = subprocess.Popen([needed("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=self.psql_env(role, schema))
        return process

    def sql(self, text, role="writer", schema="public"):
        """The answer as text, a line a row."""
        process = self.psql_process(role, text, schema)
        out, error = process.communicate(timeout=120)
        if process.returncode != 0:
            raise RuntimeError(f"psql: {error.strip()[-500:]}")
        return out.strip()

    def schema(self):
        """A new schema, the database at rest: what was written before has reached the disk."""
        self.schemas += 1
        name = f"bench{self.schemas}"
        self.sql(f"CREATE SCHEMA {name} AUTHORIZATION {self.env['DB_USER']}", "owner")
        self.sql("CHECKPOINT", "admin")
        return name

    def drop(self, schema):
        self.sql(f"SET client_min_messages = error; DROP SCHEMA {schema} CASCADE", "admin")

    def database_cpu(self):
        """CPU seconds of the server and all its processes, so far."""
        home = pathlib.Path((self.folder / "postgres/home").read_text().strip())
        return cpu_of(tree_of(int((home / "data/postmaster.pid").read_text().split()[0])))

    def prefix(self, bench, count):
        """The prefix of a topic `readings` of four partitions that holds so many JSON readings; filled once."""
        if count not in self.topics:
            prefix = f"filled{count}."
            bench.say(f"a topic is filled with {count:,} readings")
            bench.program("kafka_fill", self.brokers, prefix + "readings", 4, count)
            self.topics[count] = prefix
        return self.topics[count]
