"""Files that a run to its end can and cannot bring in."""
import os

import pyarrow
import pyarrow.parquet

from conftest import SENSORS

PIPELINE = SENSORS + """
[source.past]
kind = "file"
stream = "readings"
"""
LINE = '{"sensor_id": "s1", "timestamp": "2025-10-15T12:00:00Z", "temperature": 1}\n'


def run_to_its_end(sluice, path):
    pipeline = sluice(PIPELINE + f'path = "{path}"\n')
    pipeline.start("--until-done", wait=False)
    code = pipeline.process.wait(timeout=60)
    pipeline.process = None
    rows = pipeline.cli("sql", "pipeline.toml", "SELECT count(*) FROM readings", "--format", "csv").stdout.split()[1]
    return code, pipeline.log.read_text(), int(rows)


def test_a_run_ends_when_every_file_is_stored(sluice, tmp_path):
    (tmp_path / "a.ndjson").write_text(LINE * 3)
    code, _, rows = run_to_its_end(sluice, "*.ndjson")
    assert (code, rows) == (0, 3)


def test_a_run_to_its_end_counts_what_could_not_be_used(sluice, tmp_path):
    (tmp_path / "a.ndjson").write_text(LINE + "no json\n" + LINE)
    code, log, rows = run_to_its_end(sluice, "*.ndjson")
    assert (code, rows) == (0, 2)
    assert "could not be used, in this run or before: 1. sluice dead ls " in log


def test_a_run_to_its_end_that_was_stopped_before_says_so_and_goes_on(sluice, tmp_path):
    (tmp_path / "a.ndjson").write_text(LINE * 1_500_000)
    pipeline = sluice(PIPELINE + 'path = "*.ndjson"\n')
    pipeline.start("--until-done")
    pipeline.wait_for(lambda: pipeline.get("/api/audit")["streams"]["readings"]["received"] > 0, 20, "first readings")
    code, _ = pipeline.stop()
    assert code == 130 and "stopped before the end" in pipeline.log.read_text()
    pipeline.start("--until-done", wait=False)
    assert pipeline.process.wait(timeout=60) == 0
    pipeline.process = None
    answer = pipeline.cli("sql", "pipeline.toml", "SELECT count(*) FROM readings", "--format", "csv").stdout
    assert answer.split()[1] == "1500000"


def test_a_torn_parquet_file_is_named_and_its_neighbour_stored(sluice, tmp_path):
    pyarrow.parquet.write_table(pyarrow.table({"sensor_id": ["s1"], "timestamp": ["2025-10-15T12:00:00Z"],
                                               "temperature": [1.0]}), tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-4])
    code, log, rows = run_to_its_end(sluice, "*.parquet")
    assert (code, rows) == (1, 1)
    assert "ended without all of its input" in log and "b.parquet" in log


def test_a_pipe_is_refused_at_once(sluice, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    code, log, rows = run_to_its_end(sluice, "pipe")
    assert (code, rows) == (1, 0)
    assert "is a pipe or a device" in log


def test_the_log_tells_who_waits_and_when_that_is_over(sluice, tmp_path):
    pipeline = sluice(PIPELINE + 'path = "late.ndjson"\n').start()
    pipeline.wait_for(lambda: "waits: waits for" in pipeline.log.read_text(), 20, "word of the missing file")
    (tmp_path / "late.ndjson").write_text(LINE)
    pipeline.wait_for(lambda: "is well again" in pipeline.log.read_text(), 20, "word of its end")
