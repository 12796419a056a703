"""The log on a real broker, read and written by a client that we did not write."""
import json
import subprocess
import tempfile
import time

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewPartitions, NewTopic

from broker import Broker
from running import ROOT

PIPELINE = """
data_dir = "data"
[stream.readings]
key = "id"
time = "t"
fields = { id = "string", t = "timestamp", v = "int" }
partitions = 3
[source.door]
kind = "http"
stream = "readings"
"""
EVENT_TIME = "2025-10-15T12:00:00Z"


@pytest.fixture(scope="module")
def broker():
    with tempfile.TemporaryDirectory(prefix="sluice-kafka-") as folder:
        running = Broker(folder).up()
        yield running
        running.down()


def pipeline(broker, prefix, more=""):
    return PIPELINE + f'[log]\nkind = "kafka"\nbrokers = "{broker.address}"\ntopic_prefix = "{prefix}."\n{more}\n'


def reading(number, key=None):
    return {"id": key or f"k{number % 17}", "t": EVENT_TIME, "v": number}


def send(running, first, count):
    """One request with a key, repeated until it is answered."""
    body = json.dumps([reading(number) for number in range(first, first + count)])
    status, answer = running.post("/ingest/readings", body, Idempotency_Key=f"from-{first}")
    assert status in (202, 503), answer
    return status == 202


def test_killed_again_and_again_every_reading_is_in_topic_and_table_once(sluice, broker):
    running = sluice(pipeline(broker, "kill"))
    running.start()
    sent = 0
    for _ in range(4):
        before = sent
        deadline = time.monotonic() + 2.5
        while time.monotonic() < deadline:
            running.wait_for(lambda: send(running, sent, 50), 30, "acknowledgement")
            sent += 50
        assert sent > before
        running.kill()
        running.start()
        if before:
            running.wait_for(lambda: send(running, before - 50, 50), 30, "the same answer")
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings") == [[sent]], 60, "rows")
    running.wait_drained()
    assert running.sql("SELECT count(DISTINCT v), sum(v) FROM readings") == [[sent, sent * (sent - 1) // 2]]
    assert running.audit_agrees()["streams"]["readings"]["stored"] == sent
    records = broker.records("kill.readings")
    assert sorted(json.loads(record.value())["v"] for record in records) == list(range(sent))
    identities = {dict(record.headers())["sluice-log"] for record in records}
    assert len(identities) == 1
    for record in records:
        assert record.key().decode() == json.loads(record.value())["id"]


def test_foreign_records_are_readings_or_dead_letters_in_their_place(sluice, broker):
    running = sluice(pipeline(broker, "foreign"))
    running.start()
    running.wait_for(lambda: send(running, 0, 10), 30, "acknowledgement")
    producer = broker.producer()
    day_ahead = int(time.time() * 1000) + 86_400_000
    producer.produce("foreign.readings", json.dumps(reading(100)), key="k", timestamp=day_ahead)
    producer.produce("foreign.readings", b'{"id": "k", "t": ', key="k")
    producer.produce("foreign.readings", None, key="k")
    producer.produce("foreign.readings", json.dumps(reading(101, "other")), key=b"\xff\xfe")
    producer.produce("foreign.readings", json.dumps({**reading(102), "unknown": [1, {"deep": None}]}), key="k")
    producer.flush(10)
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings") == [[13]], 30, "the foreign readings")
    running.wait_for(lambda: len(running.get("/api/dead?limit=10")) == 2, 30, "dead letters")
    arrival = running.sql("SELECT max(ingested_at) < now() + INTERVAL 1 HOUR FROM readings")
    assert arrival == [[True]]
    report = running.audit_agrees()["streams"]["readings"]
    assert (report["stored"], report["dead"], report["waiting"]) == (13, 2, 0)


def test_bad_input_at_our_own_door_is_in_the_dead_topic(sluice, broker):
    running = sluice(pipeline(broker, "dead"))
    running.start()
    body = json.dumps([reading(1), {"id": "no time"}])
    status, answer = running.post("/ingest/readings", body)
    assert status == 202, answer
    (record,) = broker.records("dead.readings.dead")
    assert json.loads(record.value()) == {"id": "no time"}
    assert "'t'" in dict(record.headers())["sluice-dead-reason"].decode()
    running.wait_for(lambda: len(running.get("/api/dead?limit=10")) == 1, 30, "dead letter")
    running.wait_drained()
    report = running.audit_agrees()["streams"]["readings"]
    assert (report["stored"], report["dead"]) == (1, 1)


def test_a_broker_that_is_away_is_waited_for(sluice, broker):
    running = sluice(pipeline(broker, "away"))
    broker.down()
    began = time.monotonic()
    running.start(wait=False)
    running.wait_for(lambda: running.get("/healthz"), 5, "an answer while it waits")
    running.wait_for(lambda: "Kafka" in running.request("/readyz")[1], 5, "whom it waits for")
    assert time.monotonic() - began < 5 and running.request("/readyz")[0] == 503
    status, body = running.post("/ingest/readings", json.dumps(reading(0)))
    assert status == 503 and "is starting" in body, body
    running.wait_for(running.has_started, 30, "the end of the start")
    status, body = running.request("/readyz")
    assert status == 503 and "Kafka" in body
    assert not send(running, 0, 10)
    broker.up()
    running.wait_for(lambda: send(running, 0, 10), 60, "acknowledgement")
    broker.down()
    assert not send(running, 10, 10)
    broker.up()
    running.wait_for(lambda: send(running, 10, 10), 60, "acknowledgement")
    running.wait_for(lambda: running.sql("SELECT count(*), count(DISTINCT v) FROM readings") == [[20, 20]], 60, "rows")
    running.wait_for(lambda: running.request("/readyz")[0] == 200, 30, "readiness")
    running.audit_agrees()


def test_a_deleted_topic_stops_the_start_unless_told_to_skip(sluice, broker):
    running = sluice(pipeline(broker, "gone"))
    running.start()
    running.wait_for(lambda: send(running, 0, 10), 30, "acknowledgement")
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings") == [[10]], 30, "rows")
    running.stop()
    admin = broker.admin()
    admin.delete_topics(["gone.readings"])["gone.readings"].result()
    ended = subprocess.run([ROOT / "build/sluice", "run", running.file], cwd=running.folder, timeout=60, capture_output=True,
                           text=True, check=False)
    assert ended.returncode != 0 and "was deleted" in ended.stderr and "on_missing" in ended.stderr
    running.file.write_text(running.file.read_text().replace('kind = "kafka"', 'kind = "kafka"\non_missing = "skip"'))
    running.start()
    running.wait_for(lambda: send(running, 10, 10), 30, "acknowledgement")
    running.wait_for(lambda: running.sql("SELECT count(*), count(DISTINCT v) FROM readings") == [[20, 20]], 30, "rows")
    assert running.sql("SELECT count(DISTINCT (_partition, _position)) FROM readings") == [[20]]


def bring(broker, topic, numbers):
    """Readings by somebody else's producer."""
    producer = broker.producer()
    for number in numbers:
        producer.produce(topic, json.dumps(reading(number)))
    producer.flush(10)


def make_anew(broker, topic, partitions):
    admin = broker.admin()
    admin.delete_topics([topic])[topic].result()
    deadline = time.monotonic() + 20
    while topic in admin.list_topics(timeout=5).topics:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result()


@pytest.mark.parametrize("policy", ["stop", "skip"])
def test_a_topic_made_anew_under_a_running_process_is_never_skipped_in_silence(sluice, broker, policy):
    running = sluice(pipeline(broker, f"anew{policy}", f'on_missing = "{policy}"'))
    running.start()
    running.wait_for(lambda: send(running, 0, 300), 30, "acknowledgement")
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings") == [[300]], 30, "rows")
    make_anew(broker, f"anew{policy}.readings", 3)
    if policy == "stop":
        running.wait_for(lambda: "was deleted and made anew" in running.request("/readyz")[1], 30, "the reason")
        return
    running.wait_for(lambda: send(running, 300, 50), 30, "acknowledgement")
    running.wait_for(lambda: running.sql("SELECT count(*), count(DISTINCT v) FROM readings") == [[350, 350]], 30, "rows")
    assert running.sql("SELECT count(DISTINCT (_partition, _position)) FROM readings") == [[350]]
    running.wait_for(lambda: running.request("/readyz")[0] == 200, 30, "readiness")


def test_what_came_to_a_topic_made_anew_before_the_start_is_stored(sluice, broker):
    running = sluice(pipeline(broker, "before", 'on_missing = "stop"'))
    running.start()
    running.wait_for(lambda: send(running, 0, 300), 30, "acknowledgement")
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings") == [[300]], 30, "rows")
    make_anew(broker, "before.readings", 3)
    running.wait_for(lambda: send(running, 300, 50), 30, "acknowledgement")
    running.stop()
    running.file.write_text(running.file.read_text().replace('"stop"', '"skip"'))
    running.start()
    running.wait_for(lambda: send(running, 350, 50), 30, "acknowledgement")
    running.wait_for(lambda: running.sql("SELECT count(*), count(DISTINCT v) FROM readings") == [[400, 400]], 30, "rows")
    running.wait_drained()
    running.audit_agrees()


def test_partitions_added_while_running_are_told_and_the_others_go_on(sluice, broker):
    running = sluice(pipeline(broker, "wide"))
    running.start()
    running.wait_for(lambda: send(running, 0, 50), 30, "acknowledgement")
    admin = broker.admin()
    admin.create_partitions([NewPartitions("wide.readings", 5)])["wide.readings"].result()
    running.wait_for(lambda: "somebody added partitions" in running.request("/readyz")[1], 60, "the reason")
    running.wait_for(lambda: send(running, 50, 50), 30, "acknowledgement")
    running.wait_for(lambda: running.sql("SELECT count(*), count(DISTINCT v) FROM readings") == [[100, 100]], 30, "rows")
    running.stop()
    running.start()
    running.wait_for(lambda: send(running, 100, 50), 30, "acknowledgement")
    running.wait_for(lambda: running.sql("SELECT count(*), count(DISTINCT v) FROM readings") == [[150, 150]], 30, "rows")
    running.audit_agrees()


def test_a_topic_that_was_there_is_used_with_the_partitions_it_has(sluice, broker):
    admin = broker.admin()
    admin.create_topics([NewTopic("older.readings", 7, 1)])["older.readings"].result()
    producer = broker.producer()
    for number in range(100):
        producer.produce("older.readings", json.dumps(reading(number)), partition=number % 7)
    producer.flush(10)
    running = sluice(pipeline(broker, "older"))
    running.start()
    running.wait_for(lambda: send(running, 100, 50), 30, "acknowledgement")
    running.wait_for(lambda: running.sql("SELECT count(*), count(DISTINCT _partition) FROM readings") == [[150, 7]], 30, "rows")
    assert running.get("/api/streams")[0]["partitions"] == 7
    assert "topic older.readings has 7 partitions, its stream 3" in running.log.read_text()
    running.audit_agrees()


def test_partitions_of_a_topic_count_also_for_a_process_that_began_without_its_broker(sluice, broker):
    admin = broker.admin()
    admin.create_topics([NewTopic("later.readings", 7, 1)])["later.readings"].result()
    producer = broker.producer()
    for number in range(100):
        producer.produce("later.readings", json.dumps(reading(number)), partition=number % 7)
    producer.flush(10)
    broker.down()
    running = sluice(pipeline(broker, "later"))
    running.start(wait=False)
    running.wait_for(running.has_started, 30, "the end of the start")
    broker.up()
    running.wait_for(lambda: running.sql("SELECT count(*), count(DISTINCT _partition) FROM readings") == [[100, 7]], 60, "rows")
    running.wait_for(lambda: running.request("/readyz")[0] == 200, 30, "readiness")
    running.audit_agrees()


def test_a_process_that_waits_for_its_broker_stops_at_once(sluice, broker):
    running = sluice(pipeline(broker, "stopped"))
    broker.down()
    try:
        running.start(wait=False)
        running.wait_for(lambda: "Kafka" in running.request("/readyz")[1], 10, "whom it waits for")
        code, seconds = running.stop()
        assert code == 0 and seconds < 3, (code, seconds)
    finally:
        broker.up()


def test_topics_that_others_make_are_waited_for_one_after_the_other(sluice, broker):
    admin = broker.admin()
    running = sluice(pipeline(broker, "given", "create_topics = false"))
    running.start()
    for topic in (NewTopic("given.sluice.origins", 2, 1, config={"cleanup.policy": "compact"}), NewTopic("given.readings", 3, 1),
                  NewTopic("given.readings.dead", 1, 1)):
        running.wait_for(lambda: f"topic {topic.topic} is not there" in running.request("/readyz")[1], 30, topic.topic)
        admin.create_topics([topic])[topic.topic].result()
    running.wait_for(lambda: send(running, 0, 50), 30, "acknowledgement")
    running.wait_for(lambda: running.request("/readyz")[0] == 200, 30, "readiness")
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings") == [[50]], 30, "rows")
    running.audit_agrees()


def test_a_process_ends_within_seconds_after_its_topics_were_deleted(sluice, broker):
    admin = broker.admin()
    admin.create_topics([NewTopic("vanishing", 3, 1)])["vanishing"].result()
    bring(broker, "vanishing", range(100))
    source = f'\n[source.plant]\nkind = "kafka"\nstream = "readings"\nbrokers = "{broker.address}"\ntopic = "vanishing"\n'
    running = sluice(pipeline(broker, "ends") + source)
    running.start()
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings") == [[100]], 30, "rows")
    for topic in ("vanishing", "ends.readings"):
        admin.delete_topics([topic])[topic].result()
    running.wait_for(lambda: "vanishing" in running.request("/readyz")[1] and "ends.readings" in running.request("/readyz")[1],
                     30, "both reasons")
    time.sleep(5)  # for the client to hear of it and do what it does then
    code, seconds = running.stop()
    assert code == 0 and seconds < 15


def test_a_foreign_topic_comes_into_the_log_once_through_kills(sluice, broker):
    count = 30_000
    admin = broker.admin()
    admin.create_topics([NewTopic("plant", 3, 1)])["plant"].result()
    producer = broker.producer()
    for number in range(count):
        # Many producers put the key into the value, too; what stands there wins.
        own = {} if number % 3 else {"id": f"k{number % 17}" if number else "from the value"}
        producer.produce("plant", json.dumps({**own, "t": EVENT_TIME, "v": number}), key=f"k{number % 17}")
        if number % 5_000 == 0:
            producer.flush(10)
    producer.produce("plant", b"not JSON", key="k1")
    producer.produce("plant", None, key="k1")
    producer.flush(10)
    source = f'\n[source.plant]\nkind = "kafka"\nstream = "readings"\nbrokers = "{broker.address}"\ntopic = "plant"\nkey_field = "id"\n'
    running = sluice(pipeline(broker, "brought") + source)
    for _ in range(3):
        running.start()
        running.wait_for(lambda: running.get("/api/audit")["streams"]["readings"]["received"] > 0, 30, "first readings")
        running.kill()
    running.start()
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings")[0][0] >= count, 60, "all readings")
    running.wait_drained()
    assert running.sql("SELECT count(*), count(DISTINCT v), sum(v) FROM readings") == [[count, count, count * (count - 1) // 2]]
    assert running.sql("SELECT count(DISTINCT id) FROM readings") == [[18]]
    report = running.audit_agrees()["streams"]["readings"]
    assert (report["stored"], report["dead"]) == (count, 2)
    reasons = {letter["source"].split("@")[0].rsplit("/", 1)[0] for letter in running.get("/api/dead?limit=10")}
    assert reasons == {"source.plant plant"}


@pytest.mark.parametrize("then, beneath", [(10, False), (300, False), (10, True)])
def test_a_foreign_topic_made_anew_is_not_taken_for_the_old_one(sluice, broker, then, beneath):
    """Also when it is longer than what was brought in, and beneath a running source."""
    topic = f"reborn{then}{beneath}"
    admin = broker.admin()
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result()
    bring(broker, topic, range(100))
    source = f'\n[source.plant]\nkind = "kafka"\nstream = "readings"\nbrokers = "{broker.address}"\ntopic = "{topic}"\n'
    running = sluice(pipeline(broker, f"from{then}{beneath}") + source)
    running.start()
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings") == [[100]], 30, "rows")
    if not beneath:
        running.stop()
    make_anew(broker, topic, 1)
    bring(broker, topic, range(1_000, 1_000 + then))
    if not beneath:
        running.start(wait=False)
    running.wait_for(lambda: "was deleted and made anew" in running.request("/readyz")[1], 30, "the reason")
    time.sleep(5)
    assert running.sql("SELECT count(*) FROM readings") == [[100]]
    assert running.log.read_text().count(topic) < 10, running.log.read_text()
    running.stop()
    running.file.write_text(running.file.read_text().replace("[source.plant]", "[source.plant_again]"))
    running.start()
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings") == [[100 + then]], 30, "the new ones")
    running.audit_agrees()


def test_a_dead_letter_is_read_again_as_its_source_reads_now(sluice, broker):
    """Dead entries lie in a stream of their own here; what they came through is the declared one's."""
    text = pipeline(broker, "again").replace('kind = "http"', 'kind = "http"\ntime_zone = "America/New_York"\nmap = { v = "val" }')
    running = sluice(text.replace("partitions = 3", 'partitions = 3\nrequired = ["v"]'))
    running.start()
    running.wait_for(lambda: running.request("/readyz")[0] == 200, 30, "readiness")
    assert running.post("/ingest/readings", '{"id": "a", "t": "2026-01-01T00:00:00", "value": 5}')[0] == 400
    running.wait_drained()
    running.stop()
    running.file.write_text(running.file.read_text().replace('"val"', '"value"'))
    running.start()
    running.wait_for(lambda: running.request("/readyz")[0] == 200, 30, "readiness")
    assert "1 replayed" in running.cli("dead", "replay", "--all", "--url", running.url).stdout
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings") == [[1]], 30, "the reading")
    assert running.sql("SELECT id, v, epoch_us(t) FROM readings") == [["a", 5, 1767243600000000]]
    running.file.write_text(running.file.read_text().replace("[source.door]", "[source.other]"))
    assert running.post("/ingest/readings", "no json")[0] == 400
    running.wait_drained()
    running.stop()
    running.start()
    running.wait_for(lambda: running.request("/readyz")[0] == 200, 30, "readiness")
    stays = running.cli("dead", "replay", "--all", "--url", running.url, check=False)
    assert stays.returncode == 1 and "no source.door brings readings" in stays.stderr, stays


class OpenTransaction:
    """Somebody's transaction on a topic that neither commits nor aborts: what comes after it cannot be read."""

    def __init__(self, broker, topic):
        self.producer = Producer({"bootstrap.servers": broker.address, "transactional.id": f"slow-{topic}"})
        self.producer.init_transactions(10)
        self.producer.begin_transaction()
        for partition in range(3):
            self.producer.produce(topic, json.dumps(reading(9_999)), partition=partition)
        self.producer.flush(10)

    def end(self):
        self.producer.abort_transaction(10)


def test_the_books_do_not_close_over_what_cannot_be_read_yet(sluice, broker):
    running = sluice(pipeline(broker, "open"))
    running.start()
    transaction = OpenTransaction(broker, "open.readings")
    running.wait_for(lambda: send(running, 0, 50), 30, "acknowledgement")
    status, body = running.request("/api/audit")
    assert status == 503 and "transaction on topic open.readings" in body, (status, body)
    transaction.end()
    running.wait_for(lambda: running.request("/api/audit")[0] == 200, 30, "an audit")
    running.wait_for(lambda: running.audit_agrees()["streams"]["readings"]["waiting"] == 0, 30, "stored readings")
    assert running.sql("SELECT count(*), count(DISTINCT v) FROM readings") == [[50, 50]]


def test_a_run_until_done_waits_for_what_cannot_be_read_yet(sluice, broker):
    running = sluice(pipeline(broker, "done").replace('kind = "http"', 'kind = "file"\npath = "in.ndjson"\nspeed = 0'))
    (running.folder / "in.ndjson").write_text("".join(json.dumps(reading(number)) + "\n" for number in range(50)))
    admin = broker.admin()
    admin.create_topics([NewTopic("done.readings", 3, 1)])["done.readings"].result()
    transaction = OpenTransaction(broker, "done.readings")
    running.start("--until-done")
    running.wait_for(lambda: running.get("/api/status")["components"] and all(
        part.get("finished", True) for part in running.get("/api/status")["components"]), 30, "the end of the file")
    with pytest.raises(subprocess.TimeoutExpired):
        running.process.wait(timeout=3)
    transaction.end()
    assert running.process.wait(timeout=30) == 0, running.log.read_text()
    running.start()
    assert running.sql("SELECT count(*), count(DISTINCT v) FROM readings") == [[50, 50]]
