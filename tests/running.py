"""A running sluice that a program starts, asks, kills and starts again. The standard library alone: bench/ uses it too."""
import json
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/sluice"

# The smallest pipelines with a door; tests that need more write their own.
NUMBERS = """
data_dir = "data"
[stream.readings]
time = "t"
fields = { t = "timestamp", v = "int" }
[source.door]
kind = "http"
stream = "readings"
"""
SENSORS = """
data_dir = "data"
[stream.readings]
key = "sensor_id"
time = "timestamp"
fields = { sensor_id = "string", timestamp = "timestamp", temperature = "double" }
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sluice:
    """One pipeline file and the process that runs it, if any."""

    def __init__(self, folder, pipeline, port=None):
        self.folder = pathlib.Path(folder)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.file = self.folder / "pipeline.toml"
        self.file.write_text(pipeline + f'\n[server]\nlisten = "127.0.0.1:{self.port}"\n')
        self.process = None
        self.log = self.folder / "sluice.log"

    def start(self, *options, wait=True):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([PROGRAM, "run", self.file, *options], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, cwd=self.folder)
        if wait:
            self.wait_for(self.has_started, 30, "an answer")
        return self

    def has_started(self):
        """It listens from its first moment on, so that whoever asks hears what it waits for."""
        return "is starting" not in self.request("/readyz")[1]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self):
        """Ends it as an operator would; returns exit code and seconds."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=20)
        self.process = None
        return code, time.monotonic() - started

    def request(self, path, body=None, headers=None, timeout=30, method=None):
        """(status, parsed or raw body) of one request."""
        data = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(self.url + path, data=data, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def get(self, path):
        status, body = self.request(path)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {body}")
        return json.loads(body) if body[:1] in "[{" else body

    def post(self, path, body, content_type="application/json", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request(path, body, {"Content-Type": content_type, **named})

    def sql(self, query):
        status, body = self.post("/api/sql", json.dumps({"query": query}))
        assert status == 200, body
        return json.loads(body)["rows"]

    def jobs(self):
        return {job["name"]: job for job in self.get("/api/status")["jobs"]}

    def committed(self):
        return sum(part["next"] for job in self.jobs().values() for part in job["partitions"])

    def wait_for(self, answer, seconds, what):
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"sluice ended with {self.process.returncode}:\n{self.log.read_text()[-3000:]}")
            try:
                value = answer()
                if value:
                    return value
            except (OSError, RuntimeError, ValueError):
                pass
            time.sleep(0.02)
        raise AssertionError(f"no {what} within {seconds} s:\n{self.log.read_text()[-3000:]}")

    def drained(self):
        """Everything accepted so far is stored. Where processes share a log, the status is a moment old; the audit never."""
        return all(job["waiting"] == 0 for job in self.jobs().values()) and all(
            stream["waiting"] == 0 for stream in self.get("/api/audit")["streams"].values())

    def wait_drained(self, seconds=60):
        self.wait_for(self.drained, seconds, "drained backlog")

    def cli(self, *words, check=True):
        done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, cwd=self.folder, timeout=120)
        if check:
            assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def audit_agrees(self):
        report = self.get("/api/audit?deep=true")
        assert report["ok"], report
        return report
