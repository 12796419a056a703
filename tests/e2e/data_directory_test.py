"""What happens to the data directory and the port behind a pipeline's back: each has a message that says what to do."""
import json
import pathlib
import shutil
import subprocess

from conftest import NUMBERS as PIPELINE
from conftest import PROGRAM

READING = '{"t":"2025-10-15T12:00:00Z","v":1}'


def refused(pipeline, *words):
    """Starts, expects the wrong-use exit code, returns what it said."""
    pipeline.start(wait=False)
    code = pipeline.process.wait(timeout=30)
    pipeline.process = None
    said = pipeline.log.read_text()
    assert code == 2, said
    for word in words:
        assert word in said, said
    return said


def send(pipeline, count=1):
    for _ in range(count):
        assert pipeline.post("/ingest/readings", READING)[0] == 202
    pipeline.wait_drained()


def test_a_directory_in_use_names_the_process(sluice, tmp_path):
    first = sluice(PIPELINE).start()
    second = sluice(PIPELINE)
    refused(second, "in use by process", str(first.process.pid))


def test_a_port_in_use_says_so(sluice, tmp_path):
    first = sluice(PIPELINE, tmp_path / "a").start()
    second = sluice(PIPELINE, tmp_path / "b")
    second.file.write_text(second.file.read_text().replace(str(second.port), str(first.port)))
    refused(second, str(first.port), "another program listens there")
    assert not (tmp_path / "b/data").exists(), "nothing is left behind"


def test_a_pipeline_started_twice_is_told_of_its_directory_not_of_its_port(sluice, tmp_path):
    first = sluice(PIPELINE).start()
    again = sluice(PIPELINE)
    again.file.write_text(again.file.read_text().replace(str(again.port), str(first.port)))
    refused(again, "in use by process", str(first.process.pid))


def content(folder):
    return {path.relative_to(folder): (path.read_bytes() if path.is_file() else None, path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*"))}


LOOKS = (["sql", "pipeline.toml", "SELECT count(*) FROM readings"], ["audit", "pipeline.toml"],
         ["audit", "pipeline.toml", "--deep", "--json"], ["dead", "ls", "pipeline.toml"], ["log", "ls", "pipeline.toml"],
         ["log", "cat", "pipeline.toml"], ["log", "verify", "pipeline.toml"], ["check", "pipeline.toml"])
NEEDS_A_PROCESS = (["status", "pipeline.toml"], ["tail", "pipeline.toml", "readings"], ["forget", "pipeline.toml", "store.x"])


def test_commands_that_look_change_no_byte(sluice, tmp_path):
    pipeline = sluice(PIPELINE).start()
    send(pipeline, 3)
    pipeline.kill()  # so that write-ahead logs are there to be read
    text = pipeline.file.read_text()
    pipeline.file.write_text(text.replace("[source.door]", """[stream.others]
time = "t"
fields = { t = "timestamp", w = "double" }
[summary.by_minute]
stream = "readings"
every = "1m"
values = { n = "count(*)" }
[source.door]"""))
    before = content(tmp_path / "data")
    for command in LOOKS:
        pipeline.cli(*command)
    for command in NEEDS_A_PROCESS:
        assert pipeline.cli(*command, check=False).returncode == 3
    assert pipeline.cli("sql", "pipeline.toml", "SELECT * FROM others", check=False).returncode == 2
    assert content(tmp_path / "data") == before
    report = json.loads(pipeline.cli("audit", "pipeline.toml", "--json").stdout)
    assert report["ok"] and report["streams"]["readings"]["stored"] == 3
    assert report["streams"]["others"]["received"] == 0


def test_many_may_look_at_once_and_a_start_says_who_is_in_its_way(sluice, tmp_path):
    pipeline = sluice(PIPELINE).start()
    send(pipeline)
    pipeline.stop()
    prompt = subprocess.Popen([PROGRAM, "sql", "pipeline.toml"], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    prompt.stdin.write("SELECT 1 AS a;\n")
    prompt.stdin.flush()
    assert prompt.stdout.readline() == "a\n"
    assert "1" in pipeline.cli("sql", "pipeline.toml", "SELECT count(*) FROM readings").stdout
    refused(pipeline, "looked at by another command")
    prompt.communicate("")


def test_a_directory_of_another_version_is_left_alone(sluice, tmp_path):
    pipeline = sluice(PIPELINE).start()
    pipeline.stop()
    (tmp_path / "data/FORMAT").write_text("7\n")
    refused(pipeline, "another version", "format 7")


def test_a_log_deleted_between_runs_stops_the_job_with_what_to_do(sluice, tmp_path):
    pipeline = sluice(PIPELINE).start()
    send(pipeline, 3)
    pipeline.stop()
    shutil.rmtree(tmp_path / "data/log")
    refused(pipeline, "on_missing", "skip")


def test_a_store_deleted_between_runs_is_told_what_the_log_no_longer_has(sluice, tmp_path):
    pipeline = sluice(PIPELINE + '[log]\nretain = "1s"\n').start()
    send(pipeline, 3)
    low = lambda: pipeline.get("/api/status")["streams"][0]["partitions"][0]["low"]
    pipeline.wait_for(lambda: low() == 3, 30, "the log to let go")
    pipeline.stop()
    shutil.rmtree(tmp_path / "data/store")
    pipeline.start()
    send(pipeline, 2)
    assert pipeline.sql("SELECT count(*) FROM readings") == [[2]]
    assert "begins at position 3 of readings partition 0: the store holds nothing of what came before" \
        in pipeline.log.read_text()
    pipeline.stop()
    pipeline.start()
    assert pipeline.log.read_text().count("begins at position") == 1


def test_skip_goes_on_with_a_new_log_and_never_gives_a_position_twice(sluice, tmp_path):
    pipeline = sluice(PIPELINE).start()
    send(pipeline, 3)
    pipeline.stop()
    shutil.rmtree(tmp_path / "data/log")
    pipeline.file.write_text(pipeline.file.read_text() + '\n[log]\non_missing = "skip"\n')
    pipeline.start()
    send(pipeline, 2)
    assert pipeline.sql("SELECT count(*), count(DISTINCT _position) FROM readings") == [[5, 5]]


def test_a_directory_deleted_beneath_a_running_pipeline_ends_it(sluice, tmp_path):
    pipeline = sluice(PIPELINE).start()
    send(pipeline)
    (tmp_path / "data").rename(tmp_path / "gone")
    assert pipeline.process.wait(timeout=20) == 3
    pipeline.process = None
    assert "deleted or replaced" in pipeline.log.read_text()


def test_a_copy_of_a_stopped_pipeline_runs_on_its_own(sluice, tmp_path):
    pipeline = sluice(PIPELINE).start()
    send(pipeline, 4)
    pipeline.stop()
    shutil.copytree(tmp_path / "data", tmp_path / "b/data")
    copy = sluice(PIPELINE, pathlib.Path(tmp_path / "b")).start()
    send(copy)
    assert copy.sql("SELECT count(*) FROM readings") == [[5]]
    copy.audit_agrees()


def test_sigterm_drains_within_ten_seconds_and_keeps_everything(sluice):
    pipeline = sluice(PIPELINE).start()
    for _ in range(50):
        assert pipeline.post("/ingest/readings", READING)[0] == 202
    code, seconds = pipeline.stop()
    assert code == 0 and seconds < 10
    pipeline.start()
    pipeline.wait_drained()
    assert pipeline.sql("SELECT count(*) FROM readings") == [[50]]


def test_a_process_on_any_free_port_is_found_by_its_directory(sluice):
    pipeline = sluice(PIPELINE)
    pipeline.file.write_text(PIPELINE + '[server]\nlisten = "127.0.0.1:0"\n')
    pipeline.start(wait=False)
    pipeline.wait_for(lambda: pipeline.cli("status", "pipeline.toml", check=False).returncode == 0, 30, "status")


def test_a_stream_that_left_the_file_is_named_until_it_is_forgotten(sluice):
    pipeline = sluice(PIPELINE).start()
    send(pipeline)
    pipeline.stop()
    text = pipeline.file.read_text()
    pipeline.file.write_text(text.replace("readings", "others"))
    pipeline.start()
    assert pipeline.get("/api/status")["gone_jobs"] == ["store.readings"]
    assert "store.readings" in pipeline.cli("status", "pipeline.toml").stdout
    pipeline.cli("forget", "pipeline.toml", "store.readings")
    assert pipeline.get("/api/status")["gone_jobs"] == []
    pipeline.stop()
    pipeline.file.write_text(text)
    pipeline.start()
    send(pipeline)
    assert pipeline.sql("SELECT count(*) FROM readings") == [[2]], "stored once each, before and after"
    pipeline.audit_agrees()
