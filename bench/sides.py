"""How a side of a comparison is run: a program that measures itself, or load against a server that is watched from outside.

Every run gives figures: readings, seconds, cpu_seconds, peak_mib and what the program adds (bench/measure.h)."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from running import Sluice, free_port  # noqa: E402

BIN = ROOT / "build/bench"
TICKS = os.sysconf("SC_CLK_TCK")


class Bench:
    """What measures share: where to write, how many turns, how to say what is going on."""

    def __init__(self, folder, rounds, quick):
        self.folder = pathlib.Path(folder)
        self.rounds = rounds
        self.quick = quick
        self.made = 0
        self.servers = None

    @property
    def cluster(self):
        """The broker and the database, started for whoever asks first."""
        if self.servers is None:
            from cluster import Cluster  # which uses this module
            self.say("a broker and a database are started")
            servers = Cluster(self.folder / "servers")
            try:
                servers.start()
            except BaseException:
                servers.stop()
                raise
            self.servers = servers
        return self.servers

    def close(self):
        if self.servers is not None:
            self.servers.stop()

    def pick(self, usual, quick):
        return quick if self.quick else usual

    def say(self, text):
        print(f"  {text}", flush=True)

    def fresh(self):
        """A new empty folder; each run gets its own."""
        self.made += 1
        here = self.folder / str(self.made)
        here.mkdir(parents=True)
        return here

    def program(self, name, *words, folder=None):
        """Runs build/bench/NAME; what it left behind in `folder` goes with it."""
        try:
            done = subprocess.run([BIN / name, *map(str, words)], capture_output=True, text=True, timeout=300)
        finally:
            if folder is not None:
                shutil.rmtree(folder)
        if done.returncode != 0:
            raise RuntimeError(f"{name} {' '.join(map(str, words))}: {done.returncode}: {done.stderr[-500:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def load(self, port, path, connections, seconds, lines):
        return self.program("http_load", port, path, connections, seconds, lines)

    def start_load(self, port, path, connections, seconds, lines):
        return subprocess.Popen([BIN / "http_load", *map(str, (port, path, connections, seconds, lines))],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def end_load(self, load):
        """Its server is gone, so it ends; it must have been at work until then."""
        if load.wait(timeout=30) != 0:
            raise RuntimeError(f"the load ended before its server: {load.stderr.read()[-500:]}")

    def turns(self, what, bare, ours, key):
        """Both sides `rounds` times, the comparator first; (ours, bare)."""
        runs = ([], [])
        for turn in range(self.rounds):
            runs[1].append(bare())
            runs[0].append(ours())
            self.say(f"{what}, turn {turn + 1} of {self.rounds}: ours {runs[0][-1][key]:,.2f}, "
                     f"comparator {runs[1][-1][key]:,.2f}, ratio {runs[0][-1][key] / runs[1][-1][key]:.2f}")
        return runs


def process_cost(pid):
    """(CPU seconds so far, peak MiB) of a running process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / TICKS, int(peak.split()[1]) / 1024


def with_cost(pid, figures, before):
    """The load's figures, with CPU and peak of the server in place of the load's own."""
    cpu, peak = process_cost(pid)
    return {**figures, "cpu_seconds": cpu - before, "peak_mib": peak}


class Floor:
    """The bare HTTP server."""

    def __enter__(self):
        self.port = free_port()
        self.process = subprocess.Popen([BIN / "http_floor", str(self.port)])
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Running(Sluice):
    """A sluice that ends with the block; its data goes with the folder."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def await_new_commit(self, seconds):
        """Returns when the store's position is beyond the first that is seen."""
        first = self.wait_for(lambda: self.committed() + 1, seconds, "an answer")
        return self.wait_for(lambda: self.committed() + 1 > first, seconds, "new commit")


def cost_of_run(sluice):
    """Waits for its end; CPU and peak of the whole run."""
    _, status, usage = os.wait4(sluice.process.pid, 0)
    sluice.process.returncode = os.waitstatus_to_exitcode(status)
    code, sluice.process = sluice.process.returncode, None
    if code != 0:
        raise RuntimeError(f"sluice ended with {code}: {sluice.log.read_text()[-500:]}")
    return {"cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024}
