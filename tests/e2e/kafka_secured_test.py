"""The log on a broker that demands TLS and a password, and lets the user do no more than docs/formats/kafka.md asks for."""
import json
import subprocess
import tempfile

import pytest
from confluent_kafka.admin import (AclBinding, AclOperation, AclPermissionType, ResourcePatternType, ResourceType,
                                   ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion)

from broker import SecuredBroker
from running import PROGRAM

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
SETTINGS = """
listener.name.secure.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""
PREFIX = "plant."
PASSWORD = "correct horse"


class ScramBroker(SecuredBroker):
    def __init__(self, folder):
        super().__init__(folder, "SCRAM-SHA-512", SETTINGS)

    def admit(self, user):
        """What docs/formats/kafka.md says a user needs: three grants on names that begin with the prefix."""
        admin = self.admin()
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        admin.alter_user_scram_credentials([UserScramCredentialUpsertion(user, info, PASSWORD.encode())])[user].result(10)
        grants = [AclBinding(kind, PREFIX, ResourcePatternType.PREFIXED, f"User:{user}", "*", operation, AclPermissionType.ALLOW)
                  for kind, operation in ((ResourceType.TOPIC, AclOperation.ALL), (ResourceType.GROUP, AclOperation.READ),
                                          (ResourceType.TRANSACTIONAL_ID, AclOperation.WRITE),
                                          (ResourceType.TRANSACTIONAL_ID, AclOperation.DESCRIBE))]
        for future in admin.create_acls(grants).values():
            future.result(10)


@pytest.fixture(scope="module")
def broker():
    with tempfile.TemporaryDirectory(prefix="sluice-secured-") as folder:
        running = ScramBroker(folder).up()
        running.admit("sluice")
        yield running
        running.down()


def pipeline(broker, host="localhost", user="sluice", password=PASSWORD, prefix=PREFIX):
    return PIPELINE + (f'[log]\nkind = "kafka"\nbrokers = "{host}:{broker.port}"\ntopic_prefix = "{prefix}"\n'
                       f'security = "sasl-scram"\nusername = "{user}"\npassword = "{password}"\n'
                       f'ca_file = "{broker.folder}/ca.crt"\n')


def why_not_ready(running, words):
    running.wait_for(lambda: words in running.request("/readyz")[1], 30, f"'{words}' in the reason")
    assert running.request("/readyz")[0] == 503


def test_readings_go_through_by_tls_and_scram_with_the_documented_grants(sluice, broker):
    running = sluice(pipeline(broker)).start()
    body = json.dumps([{"id": f"k{n % 17}", "t": "2025-10-15T12:00:00Z", "v": n} for n in range(500)])
    running.wait_for(lambda: running.post("/ingest/readings", body, Idempotency_Key="once")[0] == 202, 30, "acknowledgement")
    assert running.post("/ingest/readings", json.dumps([{"id": "k", "t": "2025-10-15T12:00:00Z", "v": -1}, {"id": "no time"}]))[0] == 202
    running.wait_drained()
    assert running.sql("SELECT count(*), count(DISTINCT v) FROM readings") == [[501, 501]]
    assert running.audit_agrees()["streams"]["readings"]["dead"] == 1
    running.stop()
    running.start()
    running.wait_for(lambda: running.post("/ingest/readings", body, Idempotency_Key="once")[0] == 202, 30, "the same answer")
    running.wait_drained()
    assert running.sql("SELECT count(*) FROM readings") == [[501]]


def test_a_wrong_password_a_foreign_name_and_a_missing_grant_are_told(sluice, broker, tmp_path):
    why_not_ready(sluice(pipeline(broker, password="guessed"), tmp_path / "password").start(), "uthentication")
    why_not_ready(sluice(pipeline(broker, host="127.0.0.1"), tmp_path / "name").start(), "certificate")
    foreign = sluice(pipeline(broker, prefix="foreign."), tmp_path / "grant")
    ended = subprocess.run([PROGRAM, "run", foreign.file], cwd=foreign.folder, timeout=60, capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and "foreign.sluice.origins" in ended.stderr and "grants" in ended.stderr, ended.stderr
