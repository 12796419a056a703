"""Files of the embedded log break while nothing runs: the start says what to do, and after that nothing is uncounted."""
import json
import re

import pytest

from conftest import NUMBERS as PIPELINE

READING = '{"t":"2025-10-15T12:00:00Z","v":%d}'


def fill(pipeline):
    """Twenty readings, half of them in blobs; every one acknowledged and stored."""
    for round in range(2):
        pipeline.start()
        for i in range(10):
            key = {"Idempotency_Key": f"{round}-{i}"}
            assert pipeline.post("/ingest/readings", READING % i, **key)[0] == 202
        pipeline.wait_drained()
        pipeline.stop()


def one(folder, pattern):
    return sorted(folder.glob(pattern))[-1]


@pytest.mark.parametrize("pattern", ["MANIFEST-*", "CURRENT", "*.sst"])
def test_a_log_that_does_not_open_names_the_command_that_mends_it(sluice, tmp_path, pattern):
    pipeline = sluice(PIPELINE)
    fill(pipeline)
    one(tmp_path / "data/log/db", pattern).write_bytes(b"")
    verified = pipeline.cli("log", "verify", "pipeline.toml", "--json", check=False)
    assert verified.returncode == 1 and not json.loads(verified.stdout)["ok"]
    pipeline.start(wait=False)
    assert pipeline.process.wait(timeout=30) == 2
    pipeline.process = None
    said = pipeline.log.read_text()
    command = re.search("`sluice (log repair [^`]+)`", said)
    assert command, said
    repaired = json.loads(pipeline.cli(*command[1].split(), "--json").stdout)
    assert repaired["positions_lost"] == 0 and repaired["sentences"]
    assert (tmp_path / "data/log/damaged-1").is_dir()
    assert json.loads(pipeline.cli("log", "verify", "pipeline.toml", "--json").stdout)["ok"]
    pipeline.start()
    assert pipeline.post("/ingest/readings", READING % 3, Idempotency_Key="1-3")[0] == 202  # a repeat
    assert pipeline.post("/ingest/readings", READING % 77)[0] == 202
    pipeline.wait_drained()
    assert pipeline.sql("SELECT count(*) FROM readings") == [[21]]
    pipeline.audit_agrees()


def test_a_blob_that_is_gone_is_counted_as_lost_and_the_job_drains_past_it(sluice, tmp_path):
    pipeline = sluice(PIPELINE)
    fill(pipeline)
    one(tmp_path / "data/log/db", "*.blob").unlink()
    verified = pipeline.cli("log", "verify", "pipeline.toml", check=False)
    assert verified.returncode == 1 and "readings/0 [" in verified.stdout, verified.stdout
    repaired = json.loads(pipeline.cli("log", "repair", "pipeline.toml", "--json").stdout)
    assert repaired["positions_lost"] == 10
    (tmp_path / "data/store.duckdb").unlink(missing_ok=True)
    assert sum(part["lost"] for part in json.loads(pipeline.cli("log", "ls", "data", "--json").stdout)) == 10
    pipeline.start()
    assert pipeline.post("/ingest/readings", READING % 77)[0] == 202
    pipeline.wait_drained()
