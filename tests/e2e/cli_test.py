"""The command line against a running pipeline, and offline on its data directory."""
import csv
import io
import json
import signal
import subprocess
import time

import pyarrow
import pyarrow.parquet
import pytest

from conftest import PROGRAM, free_port

PIPELINE = """
data_dir = "data"
[stream.readings]
key = "sensor_id"
time = "timestamp"
fields = { sensor_id = "string", timestamp = "timestamp", temperature = "double", note = "string" }
[source.door]
kind = "http"
stream = "readings"
"""


def send(pipeline, *values, note="n"):
    lines = [json.dumps({"sensor_id": f"s{v}", "timestamp": f"2025-10-15T12:00:{v:02}Z", "temperature": v, "note": note})
             for v in values]
    status, body = pipeline.post("/ingest/readings", "\n".join(lines), "application/x-ndjson")
    assert status == 202, body


def rows_of(pipeline, query="SELECT * FROM readings ORDER BY temperature"):
    return json.loads(pipeline.cli("sql", "pipeline.toml", query, "--json").stdout)


def running(sluice, *values):
    pipeline = sluice(PIPELINE).start()
    send(pipeline, *values)
    pipeline.wait_drained()
    return pipeline


def test_sql_answers_alike_while_it_runs_and_offline(sluice):
    pipeline = running(sluice, 1, 2, 3)
    online = rows_of(pipeline)
    assert [row["temperature"] for row in online] == [1, 2, 3]
    pipeline.stop()
    assert rows_of(pipeline) == online


def test_sql_formats(sluice, tmp_path):
    pipeline = running(sluice, 1, 2)
    query = "SELECT sensor_id, temperature FROM readings ORDER BY 1"
    text = pipeline.cli("sql", "--url", pipeline.url, query, "--format", "table").stdout
    assert "sensor_id  temperature" in text and "(2 rows)" in text
    read = list(csv.DictReader(io.StringIO(pipeline.cli("sql", "--url", pipeline.url, query).stdout)))
    assert [row["sensor_id"] for row in read] == ["s1", "s2"]
    pipeline.cli("sql", "pipeline.toml", query, "--out", "two.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "two.parquet").num_rows == 2


def test_sql_prompt_reads_statements_from_a_pipe(sluice):
    pipeline = running(sluice, 1)
    done = subprocess.run([PROGRAM, "sql", "--url", pipeline.url], input="SELECT 1 AS a;\nSELECT\n2 AS b; \\q\n",
                          capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["a", "1", "b", "2"], done


def test_more_rows_than_asked_for_are_announced(sluice):
    pipeline = running(sluice, 1, 2, 3)
    done = pipeline.cli("sql", "pipeline.toml", "SELECT * FROM readings", "--limit", "2", "--json")
    assert len(json.loads(done.stdout)) == 2
    assert "more rows" in done.stderr


WIDE = "SELECT range n, 'sensor-' || range dev, repeat('abcdefghij', 12) note FROM range({})"


def test_an_answer_that_is_cut_is_no_export(sluice, tmp_path):
    pipeline = running(sluice, 1)
    for name in ["e.csv", "e.json", "e.parquet"]:
        done = pipeline.cli("sql", "--url", pipeline.url, WIDE.format(800000), "--out", name, check=False)
        assert done.returncode == 1
        assert "cut after 4" in done.stderr and "64MiB; narrow the query or export in parts" in done.stderr, done
        assert not (tmp_path / name).exists()
    assert pipeline.cli("sql", "--url", pipeline.url, WIDE.format(800000), "--json", check=False).stdout == ""
    pipeline.stop()
    pipeline.cli("sql", "pipeline.toml", WIDE.format(800000), "--out", "e.csv")
    with open(tmp_path / "e.csv") as lines:
        assert sum(1 for _ in lines) == 800001


def test_errors_of_several_lines_are_lines(sluice):
    pipeline = running(sluice, 1)
    done = pipeline.cli("sql", "--url", pipeline.url, "SELECT nope FROM readings", check=False)
    assert "\n  LINE 1: SELECT nope" in done.stderr and "\\n" not in done.stderr, done


def test_data_cannot_drive_the_terminal(sluice):
    pipeline = sluice(PIPELINE).start()
    send(pipeline, 1, note="\x1b]0;title\x07\u202e")
    pipeline.wait_drained()
    shown = pipeline.cli("sql", "pipeline.toml", "SELECT note FROM readings", "--format", "table").stdout
    assert "\x1b" not in shown and "\x07" not in shown and "\u202e" not in shown
    assert "\\x1b]0;title\\x07\\u{202e}" in shown


def test_audit_says_no_with_its_exit_code_and_works_offline(sluice):
    pipeline = running(sluice, 1, 2)
    assert json.loads(pipeline.cli("audit", "pipeline.toml", "--json").stdout)["streams"]["readings"]["stored"] == 2
    pipeline.stop()
    report = json.loads(pipeline.cli("audit", "pipeline.toml", "--deep", "--json").stdout)
    assert report["ok"] and report["jobs"]["store.readings"]["stored"] == 2
    assert "ok:" in pipeline.cli("audit", "pipeline.toml").stdout


def test_looking_offline_changes_no_claim(sluice):
    pipeline = running(sluice, 1)
    pipeline.stop()
    query = "SELECT job, epoch FROM sluice_position"
    first = rows_of(pipeline, query)
    for _ in range(3):
        pipeline.cli("audit", "pipeline.toml")
    assert rows_of(pipeline, query) == first


def test_nobody_there(sluice):
    pipeline = sluice(PIPELINE)
    url = f"http://127.0.0.1:{free_port()}"
    done = pipeline.cli("status", "--url", url, check=False)
    assert done.returncode == 3 and url in done.stderr and "sluice run" in done.stderr
    for command in (["status"], ["tail", "readings"], ["forget", "store.x"], ["audit"], ["sql", "SELECT 1"], ["dead", "ls"]):
        done = pipeline.cli(*command, "pipeline.toml", check=False)
        assert done.returncode == 3 and "sluice run" in done.stderr, (command, done)
    for command in (["audit"], ["sql", "SELECT 1"], ["dead", "ls"], ["dead", "replay", "1"], ["log", "ls"], ["log", "repair"]):
        done = pipeline.cli(*command, "pipeline.toml", check=False)
        assert done.returncode == 3 and "has the pipeline run?" in done.stderr, (command, done)
    assert not (pipeline.folder / "data").exists()


def test_wrong_use(sluice):
    pipeline = running(sluice, 1)
    for command in (["sql", "DELETE FROM readings"], ["sql", "SELECT", "1"], ["tail", "nope"], ["forget", "store.readings"],
                    ["dead", "show", "x"], ["dead", "show", "77"], ["status", "what"], ["forget"], ["log", "ls"]):
        done = pipeline.cli(*command, "pipeline.toml", check=False)
        assert done.returncode == 2 and done.stderr, (command, done)


def test_dead_letters_are_listed_shown_replayed_and_dropped(sluice):
    pipeline = sluice(PIPELINE).start()
    for body in ('{"sensor_id":"a"}', '{"sensor_id":"b","timestamp":"2025-10-15T12:00:00Z","temperature":"warm"}', "?"):
        assert pipeline.post("/ingest/readings", body)[0] == 400
    pipeline.wait_drained()
    letters = json.loads(pipeline.cli("dead", "ls", "pipeline.toml", "--json").stdout)
    assert [letter["text"] for letter in letters][2] == "?"
    assert letters[0]["reason"] in pipeline.cli("dead", "show", "pipeline.toml", str(letters[0]["id"])).stdout
    assert pipeline.cli("dead", "replay", str(letters[0]["id"]), "--url", pipeline.url, check=False).returncode == 1
    pipeline.stop()
    text = pipeline.file.read_text().replace('temperature = "double"', 'temperature = "double"')
    pipeline.file.write_text(text.replace('stream = "readings"', 'stream = "readings"\nset = { timestamp = "2025-10-15T12:00:00Z" }'))
    assert "1 replayed" in pipeline.cli("dead", "replay", "pipeline.toml", str(letters[0]["id"])).stdout
    assert "2 dropped" in pipeline.cli("dead", "drop", "pipeline.toml", "--all").stdout
    assert json.loads(pipeline.cli("dead", "ls", "pipeline.toml", "--json").stdout) == []
    pipeline.start()
    pipeline.wait_drained()
    assert [row["sensor_id"] for row in rows_of(pipeline)] == ["a"]
    pipeline.audit_agrees()


HEADER = "sensor_id,timestamp,temperature,note\n"
MENDS = {
    "non_finite": ("", 'non_finite = "null"\n', "", "", HEADER + 'a,2025-10-15T12:00:00Z,NaN,"x, ""y"""\n'),
    "unknown": ('unknown = "reject"\n', "", "", "", "sensor_id,timestamp,more\na,2025-10-15T12:00:00Z,1\n"),
    "required": ('required = ["note"]\n', "", "", "", HEADER + "a,2025-10-15T12:00:00Z,1,\n"),
    "time_format": ("", "", "", 'time_format = "unix_ms"\n', HEADER + "a,1760529600000,1,x\n"),
    "map": ("", "", "", 'map = { timestamp = "at" }\n', "sensor_id,at\na,2025-10-15T12:00:00Z\n"),
}


def test_a_dead_letter_that_stays_bad_holds_up_no_other(sluice):
    pipeline = sluice(PIPELINE).start()
    good = '{"sensor_id": "a", "timestamp": "2025-10-15T12:00:00Z", "temperature": 1.5}'
    bodies = [good.replace("1.5", '"warm"'), good.replace('"timestamp": ', '"when": '), "no json"]
    for body in bodies:
        assert pipeline.post("/ingest/readings", body)[0] == 400
    pipeline.wait_drained()
    assert len(json.loads(pipeline.cli("dead", "ls", "pipeline.toml", "--json").stdout)) == 3
    pipeline.stop()
    text = pipeline.file.read_text()
    pipeline.file.write_text(text.replace("[source.door]", '[source.door]\nmap = { timestamp = "when" }'))
    pipeline.start()
    replayed = pipeline.cli("dead", "replay", "pipeline.toml", "--all", check=False)
    assert replayed.returncode == 1
    assert "1 replayed" in replayed.stdout and "2 stayed as they are" in replayed.stderr, replayed
    assert replayed.stderr.count("still bad: ") == 2, replayed.stderr
    pipeline.wait_drained()
    assert len(rows_of(pipeline)) == 1
    again = pipeline.cli("dead", "replay", "pipeline.toml", "--all", "--json", check=False)
    answer = json.loads(again.stdout)
    assert (answer["replayed"], len(answer["stayed"])) == (0, 2)
    pipeline.audit_agrees()


@pytest.mark.parametrize("mend", MENDS)
def test_a_refused_line_of_csv_is_replayed_once_after_the_file_was_mended(sluice, mend):
    stream_before, stream_after, source_before, source_after, body = MENDS[mend]
    whole = PIPELINE.replace('[source.door]', "{0}[source.door]") + "{1}"
    whole = whole.replace("fields = {", "fields = {{").replace('"string" }', '"string" }}')
    pipeline = sluice(whole.format(stream_before, source_before)).start()
    assert pipeline.post("/ingest/readings", body, "text/csv")[0] == 400
    pipeline.wait_drained()
    (letter,) = json.loads(pipeline.cli("dead", "ls", "pipeline.toml", "--json").stdout)
    assert letter["text"].rstrip("\n") == body.rstrip("\n")
    still = pipeline.cli("dead", "replay", "pipeline.toml", str(letter["id"]), check=False)
    assert still.returncode == 1 and "still bad: " in still.stderr, still
    pipeline.stop()
    listen = pipeline.file.read_text().split("[server]")[1]
    pipeline.file.write_text(whole.format(stream_after, source_after) + "[server]" + listen)
    pipeline.start()
    assert "1 replayed" in pipeline.cli("dead", "replay", "pipeline.toml", str(letter["id"])).stdout
    assert pipeline.cli("dead", "replay", "pipeline.toml", str(letter["id"]), check=False).returncode == 2
    pipeline.wait_drained()
    (row,) = rows_of(pipeline)
    assert (row["sensor_id"], row["timestamp"][:19]) == ("a", "2025-10-15T12:00:00")
    assert json.loads(pipeline.cli("dead", "ls", "pipeline.toml", "--json").stdout) == []
    pipeline.audit_agrees()


def test_a_refused_row_of_parquet_is_replayed_as_the_file_would_be_read(sluice, tmp_path):
    times = pyarrow.array([1760529600123, 1760529600124], pyarrow.timestamp("ms"))
    pyarrow.parquet.write_table(pyarrow.table({"id": ["a", "b"], "at": times, "temperature": [float("nan"), 2.5]}),
                                tmp_path / "day.parquet")
    text = PIPELINE + ('[source.past]\nkind = "file"\nstream = "readings"\npath = "*.parquet"\n'
                       'map = { sensor_id = "id", timestamp = "at" }\ntime_zone = "Europe/Berlin"\n')
    pipeline = sluice(text).start()
    pipeline.wait_for(lambda: len(rows_of(pipeline)) == 1, 30, "the good row")
    pipeline.stop()
    pipeline.file.write_text(pipeline.file.read_text().replace('time = "timestamp"', 'time = "timestamp"\nnon_finite = "null"'))
    pipeline.start()
    assert "1 replayed" in pipeline.cli("dead", "replay", "pipeline.toml", "--all").stdout
    pipeline.wait_drained()
    rows = rows_of(pipeline, "SELECT sensor_id, timestamp, temperature FROM readings ORDER BY 1")
    assert [(row["sensor_id"], row["timestamp"], row["temperature"]) for row in rows] == [
        ("a", "2025-10-15T10:00:00.123000Z", None), ("b", "2025-10-15T10:00:00.124000Z", 2.5)]
    pipeline.audit_agrees()


def test_tail_resumes_behind_the_last_reading_after_a_kill(sluice):
    pipeline = running(sluice, 1)
    tail = subprocess.Popen([PROGRAM, "tail", "readings", "--url", pipeline.url, "--limit", "3"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    first = None
    for _ in range(100):  # until the tail is connected
        send(pipeline, 2)
        time.sleep(0.05)
        if tail.poll() is None and (first := peek(tail)):
            break
    pipeline.kill()
    pipeline.start()
    send(pipeline, 50, 51)
    seen = [first] + [json.loads(line)["temperature"] for line in tail.stdout]
    assert tail.wait(timeout=30) == 0
    assert len(seen) == 3 and seen[0] == 2 and seen[1:] in ([50, 51], [2, 50], [2, 2]), seen


def peek(process):
    """The first reading, once there is one."""
    import select
    ready, _, _ = select.select([process.stdout], [], [], 0.05)
    return json.loads(process.stdout.readline())["temperature"] if ready else None


def test_log_is_offline_only_and_says_so(sluice):
    pipeline = running(sluice, 1, 2, 3)
    done = pipeline.cli("log", "ls", "pipeline.toml", check=False)
    assert done.returncode == 2 and "Stop the pipeline first" in done.stderr
    pipeline.stop()
    assert json.loads(pipeline.cli("log", "ls", "pipeline.toml", "--json").stdout)[0]["high"] == 3
    entries = json.loads(pipeline.cli("log", "cat", "data", "--json", "--from", "1").stdout)
    assert [entry["_position"] for entry in entries] == [1, 2]
    assert json.loads(pipeline.cli("log", "verify", "pipeline.toml", "--json").stdout)["ok"]
    pipeline.cli("log", "repair", "pipeline.toml")


def test_init_writes_a_recipe_that_checks_and_overwrites_nothing(sluice):
    pipeline = sluice(PIPELINE)
    assert "quickstart" in pipeline.cli("init").stdout
    pipeline.cli("init", "quickstart", "new")
    pipeline.cli("check", "new/pipeline.toml")
    again = pipeline.cli("init", "quickstart", "new", check=False)
    assert again.returncode == 2 and "overwritten" in again.stderr


def test_replay_twice_doubles_nothing(sluice):
    pipeline = sluice(PIPELINE).start()
    lines = ["sensor_id,timestamp,temperature,note"]
    lines += [f's{i % 7},2025-10-15T{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}Z,{i},"a ""b"",\nc"' for i in range(5000)]
    (pipeline.folder / "day.csv").write_text("\n".join(lines))
    for _ in range(2):
        done = pipeline.cli("replay", "day.csv", "--stream", "readings", "--url", pipeline.url)
        assert "5000 accepted, 0 dead" in done.stderr
    pipeline.wait_drained()
    assert rows_of(pipeline, "SELECT count(*) AS n, count(DISTINCT temperature) AS d FROM readings") == [{"n": 5000, "d": 5000}]
    pipeline.audit_agrees()


def test_replay_of_parquet_and_to_stdout(sluice):
    pipeline = running(sluice, 3, 1, 2)
    pipeline.cli("sql", "pipeline.toml", "SELECT sensor_id, timestamp, temperature FROM readings ORDER BY _position",
                 "--out", "three.parquet")
    out = pipeline.cli("replay", "three.parquet", "--stdout", "--sort").stdout
    assert [json.loads(line)["temperature"] for line in out.splitlines()] == [1, 2, 3]
    pipeline.cli("replay", "three.parquet", "--stream", "readings", "--url", pipeline.url)
    pipeline.wait_drained()
    assert len(rows_of(pipeline)) == 6


def test_replay_keeps_its_pace(sluice):
    pipeline = sluice(PIPELINE).start()
    lines = [json.dumps({"sensor_id": "a", "timestamp": f"2025-10-15T12:00:{s:02}Z", "temperature": s}) for s in range(0, 60, 10)]
    (pipeline.folder / "minute.ndjson").write_text("\n".join(lines))
    started = time.monotonic()
    pipeline.cli("replay", "minute.ndjson", "--stream", "readings", "--url", pipeline.url, "--speed", "50")
    assert 0.9 < time.monotonic() - started < 5


def test_simulate_repeats_itself_by_seed(sluice):
    pipeline = sluice(PIPELINE)
    words = ["simulate", "--stdout", "--count", "300", "--seed", "7", "--start", "2025-10-15T00:00:00Z", "--devices", "3",
             "--field", "t=walk:start=5", "--field", "state=choice:of=on|off"]
    first = pipeline.cli(*words).stdout
    assert first == pipeline.cli(*words).stdout
    readings = [json.loads(line) for line in first.splitlines()]
    assert len(readings) == 300 and {r["sensor_id"] for r in readings} == {"sensor-1", "sensor-2", "sensor-3"}
    assert {r["state"] for r in readings} == {"on", "off"}
    assert pipeline.cli("simulate", "--stdout", "--field", "t=wobble", check=False).returncode == 2


def test_simulate_into_a_running_pipeline(sluice):
    pipeline = sluice(PIPELINE).start()
    done = pipeline.cli("simulate", "--stream", "readings", "--count", "2000", "--fast", "--url", pipeline.url)
    assert "2000 accepted, 0 dead" in done.stderr
    pipeline.wait_drained()
    assert rows_of(pipeline, "SELECT count(temperature) AS n FROM readings") == [{"n": 2000}]
    pipeline.audit_agrees()


def test_every_command_has_help_with_examples(program):
    listed = subprocess.run([program, "--help"], capture_output=True, text=True).stdout
    names = [line.split()[0] for line in listed.split("Subcommands:")[1].split("Examples:")[0].splitlines() if line.strip()]
    assert len(names) >= 14
    for name in names:
        done = subprocess.run([program, name, "--help"], capture_output=True, text=True)
        assert done.returncode == 0 and "Example" in done.stdout, name


def test_tail_ends_with_ctrl_c(sluice):
    pipeline = running(sluice, 1)
    # A run in the background ignores Ctrl-C, and its children with it.
    tail = subprocess.Popen([PROGRAM, "tail", "readings", "--url", pipeline.url], stdout=subprocess.DEVNULL,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    time.sleep(0.3)
    tail.send_signal(signal.SIGINT)
    assert tail.wait(timeout=5) != 0
