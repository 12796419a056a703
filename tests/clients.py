"""HTTP clients of the kill loops: known readings, each batch repeated under its idempotency key until it is answered."""
import json
import threading
import time

BATCH = 40


def stream(partitions=1):
    """The stream that a Client's readings are of, and the door that takes them."""
    return f"""
data_dir = "data"
[stream.readings]
key = "device"
time = "at"
fields = {{ device = "string", at = "timestamp", seq = "int", value = "double" }}
partitions = {partitions}
[source.door]
kind = "http"
stream = "readings"
"""


def stamp(n):
    return f"2025-10-15T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.{n % 1_000_000:06}Z"


class Client(threading.Thread):
    """Sends to one door after the other; `accepted` readings have the numbers 0, 1, 2 … of its device."""

    def __init__(self, doors, name, stop):
        super().__init__(daemon=True)
        self.doors, self.name, self.stop = doors, name, stop
        self.accepted = 0
        self.retries = 0

    def run(self):
        while not self.stop.is_set():
            self.send(self.accepted)
            self.accepted += BATCH

    def send(self, first):
        body = "".join(json.dumps({"device": self.name, "at": stamp(first + i), "seq": first + i,
                                   "value": (first + i) * 0.5}) + "\n" for i in range(BATCH))
        attempt = first // BATCH
        while True:
            try:
                status, answer = self.doors[attempt % len(self.doors)].post(
                    "/ingest/readings", body, "application/x-ndjson", Idempotency_Key=f"{self.name}-{first}")
                if status == 202:
                    assert json.loads(answer)["accepted"] == BATCH, answer
                    return
                assert status in (429, 503), (status, answer)
            except (OSError, ValueError):
                pass
            except Exception as error:  # http.client's own: a connection cut in the middle of an answer
                if type(error).__module__ != "http.client":
                    raise
            attempt += 1
            self.retries += 1
            time.sleep(0.01)
