"""A pipeline whose log and store are both servers, which any process may ask: what commands that look do there, and say."""
import json

from confluent_kafka.admin import AdminClient

from running import SENSORS

PIPELINE = SENSORS + """
[source.door]
kind = "http"
stream = "readings"
"""
MORE = """
[stream.others]
time = "t"
fields = { t = "timestamp" }
[summary.by_minute]
stream = "readings"
every = "1m"
values = { n = "count(*)" }
"""
LOOKS = (["audit"], ["sql", "SELECT 1 AS a"], ["dead", "ls"])


class Outside:
    """What lies on the servers, seen by other clients."""

    def __init__(self, corner):
        self.corner = corner
        self.admin = AdminClient({"bootstrap.servers": corner.servers.env["KAFKA_BOOTSTRAP_SERVERS"]})

    def things(self):
        relations = self.corner.query(f"SELECT relname FROM pg_class WHERE relnamespace = '{self.corner.name}'::regnamespace")
        topics = self.admin.list_topics(timeout=10).topics
        return sorted(name for (name,) in relations) + sorted(name for name in topics if name.startswith(self.corner.name))


def test_commands_that_look_make_nothing(sluice, servers, tmp_path):
    corner = servers.corner()
    outside = Outside(corner)
    pipeline = sluice(PIPELINE + corner.log() + corner.store())
    for command in LOOKS:
        done = pipeline.cli(*command, "pipeline.toml", check=False)
        assert done.returncode == 3 and "has the pipeline run?" in done.stderr.lower(), (command, done)
    assert outside.things() == []
    assert not (tmp_path / "data").exists()

    pipeline.start()
    assert pipeline.post("/ingest/readings", '{"sensor_id":"a","timestamp":"2025-10-15T12:00:00Z"}')[0] == 202
    pipeline.wait_drained()
    pipeline.stop()
    before = outside.things()
    pipeline.file.write_text(pipeline.file.read_text() + MORE)
    for command in LOOKS:
        pipeline.cli(*command, "pipeline.toml")
    report = json.loads(pipeline.cli("audit", "pipeline.toml", "--json").stdout)
    assert report["ok"] and report["streams"]["readings"]["stored"] == 1, report
    assert report["streams"]["others"]["received"] == 0
    assert outside.things() == before


def test_a_pipeline_without_a_data_directory_is_not_told_of_one(sluice, servers):
    corner = servers.corner()
    pipeline = sluice(PIPELINE + corner.log() + corner.store())
    for command in (["status"], ["tail", "readings"], ["forget", "store.x"]):
        done = pipeline.cli(*command, "pipeline.toml", check=False)
        assert done.returncode == 3 and "sluice run" in done.stderr and "directory" not in done.stderr, (command, done)
    done = pipeline.cli("log", "ls", "pipeline.toml", check=False)
    assert done.returncode == 2 and 'of kind "kafka"' in done.stderr, done
