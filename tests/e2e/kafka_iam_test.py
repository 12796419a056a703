"""The log on a broker that admits by AWS IAM, as Amazon MSK does. MSK cannot be had here: a real broker checks the signatures,
by SignedLogin.java, which is held against AWS's own signer first; credentials come from places on loopback."""
import base64
import datetime
import json
import os
import subprocess
import tempfile
import threading
import time
import urllib.parse
from unittest import mock

import pytest
from aws_msk_iam_sasl_signer import MSKAuthTokenProvider
from botocore.credentials import CredentialProvider, Credentials
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from aws_places import CONTAINER_TOKEN, ROLE, WEB_TOKEN, AwsPlaces
from broker import SecuredBroker
from clients import Client
from running import ROOT

REGION = "eu-west-1"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
PIPELINE = """
data_dir = "data"
[stream.readings]
key = "device"
time = "at"
fields = { device = "string", at = "timestamp", seq = "int", value = "double" }
partitions = 3
"""
DOOR = """
[source.door]
kind = "http"
stream = "readings"
"""
# Clients have to prove themselves again before their token ends, as on MSK.
SETTINGS = """
connections.max.reauth.ms=3600000
listener.name.secure.oauthbearer.sasl.server.callback.handler.class=SignedLogin
listener.name.secure.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;
"""


class IamBroker(SecuredBroker):
    def __init__(self, folder):
        super().__init__(folder, "OAUTHBEARER", SETTINGS)
        subprocess.run(["javac", "-cp", f"{ROOT}/.deps/kafka/lib/*", "-d", self.folder / "classes",
                        ROOT / "tests/e2e/SignedLogin.java"], check=True)
        self.accept(KEY, SECRET)

    def accept(self, *words):
        with (self.folder / "accepted.txt").open("a") as file:
            file.write(" ".join(map(str, words)) + "\n")

    def logins(self, word):
        """What followed "admitted" or "refused", oldest first."""
        file = self.folder / "logins.txt"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line.split(" ", 1)[1] for line in lines if line.startswith(word)]

    def by_iam(self):
        return (f'kind = "kafka"\nbrokers = "localhost:{self.port}"\nsecurity = "aws-iam"\nregion = "{REGION}"\n'
                f'ca_file = "{self.folder}/ca.crt"\n')


@pytest.fixture(scope="module")
def broker():
    with tempfile.TemporaryDirectory(prefix="sluice-iam-") as folder:
        running = IamBroker(folder).up()
        yield running
        running.down()


@pytest.fixture
def places(broker):
    here = AwsPlaces(broker.accept)
    yield here
    here.close()


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """set(NAME=value): what sluice finds in its environment, where nothing of AWS is set otherwise."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def set_all(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))

    return set_all


def pipeline(broker, prefix):
    return PIPELINE + DOOR + f'[log]\n{broker.by_iam()}topic_prefix = "{prefix}."\n'


def write_keys(tmp_path, secret):
    (tmp_path / ".aws").mkdir(exist_ok=True)
    (tmp_path / ".aws/credentials").write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {secret}\n")


def wait_ready(running, seconds=60):
    running.wait_for(lambda: running.request("/readyz")[0] == 200, seconds, "readiness")


def wait_not_ready(running, words, seconds=60):
    running.wait_for(lambda: all(word in running.request("/readyz")[1] for word in words), seconds, f"{words} in the reason")
    assert running.request("/readyz")[0] == 503


def ten_readings(running, device):
    body = json.dumps([{"device": device, "at": "2025-10-15T12:00:00Z", "seq": n} for n in range(10)])
    running.wait_for(lambda: running.post("/ingest/readings", body, Idempotency_Key=device)[0] == 202, 60, "acknowledgement")
    running.wait_drained()
    assert running.sql(f"SELECT count(*) FROM readings WHERE device = '{device}'") == [[10]]


class Keys(CredentialProvider):
    def __init__(self, *keys):
        super().__init__()
        self.keys = keys

    def load(self):
        return Credentials(*self.keys)


def signed_by_aws(*keys, at=None):
    """A token of AWS's own signer, signed now or at another time."""
    clock = at or datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    with mock.patch("botocore.auth.get_current_datetime", return_value=clock):
        return MSKAuthTokenProvider.generate_auth_token_from_credentials_provider(REGION, Keys(*keys))


def query_of(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def url_of(token):
    return base64.urlsafe_b64decode(token + "==").decode()


def ask_with(broker, token):
    """The topics, for a client that is not ours."""
    admin = AdminClient({"bootstrap.servers": f"localhost:{broker.port}", "security.protocol": "SASL_SSL",
                         "ssl.ca.location": f"{broker.folder}/ca.crt", "sasl.mechanism": "OAUTHBEARER",
                         "oauth_cb": lambda _: (token, time.time() + 900), "log_level": 0})
    admin.poll(1)
    return admin.list_topics(timeout=5).topics


def test_the_broker_admits_what_aws_own_signer_makes_and_nothing_else(broker):
    token, _ = signed_by_aws(KEY, SECRET)
    ask_with(broker, token)
    assert broker.logins("admitted")[-1] == url_of(token)
    past = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(seconds=901)
    for bad, reason in [(signed_by_aws(KEY, "guessed")[0], "a wrong signature"), (signed_by_aws("AKIA2", SECRET)[0], "an unknown access key"),
                        (signed_by_aws(KEY, SECRET, "token")[0], "another session token"), (signed_by_aws(KEY, SECRET, at=past)[0], "expired")]:
        with pytest.raises(KafkaException):
            ask_with(broker, bad)
        assert broker.logins("refused")[-1] == reason


def test_readings_go_through_with_tokens_like_aws_own(sluice, broker, environment, tmp_path):
    environment(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
    refused = len(broker.logins("refused"))
    running = sluice(pipeline(broker, "through"), tmp_path / "log").start()
    ten_readings(running, "a")
    running.stop()
    running.start()
    ten_readings(running, "b")
    running.audit_agrees()
    assert len(broker.logins("refused")) == refused
    url = [url for url in broker.logins("admitted") if url.endswith("User-Agent=sluice")][-1]
    ours = query_of(url)
    assert ours.pop("User-Agent") == "sluice"
    at = datetime.datetime.strptime(ours["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    theirs_url = url_of(signed_by_aws(KEY, SECRET, at=at)[0])
    theirs = query_of(theirs_url)
    theirs.pop("User-Agent")
    assert ours == theirs and url.split("?")[0] == theirs_url.split("?")[0]


def test_a_foreign_topic_is_brought_in(sluice, broker, environment, tmp_path):
    environment(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
    ten_readings(sluice(pipeline(broker, "foreign"), tmp_path / "writer").start(), "a")
    running = sluice(PIPELINE.replace("partitions = 3", "") + f'[source.topic]\nstream = "readings"\ntopic = "foreign.readings"\n{broker.by_iam()}',
                     tmp_path / "reader").start()
    running.wait_for(lambda: running.sql("SELECT count(*) FROM readings") == [[10]], 60, "all that is in the topic")


def test_a_wrong_secret_and_none_are_told_and_mended_while_it_runs(sluice, broker, environment, tmp_path):
    environment()
    running = sluice(pipeline(broker, "mended"), tmp_path / "log").start()
    wait_not_ready(running, ["no AWS credentials found: tried environment: AWS_ACCESS_KEY_ID is not set",
                             f"{tmp_path}/.aws/credentials: no profile 'default'"])
    write_keys(tmp_path, "guessed")
    wait_not_ready(running, ["invalid_token", f"profile 'default' of {tmp_path}/.aws/credentials"])
    assert running.post("/ingest/readings", "[]")[0] in (400, 503)
    write_keys(tmp_path, SECRET)
    wait_ready(running)
    ten_readings(running, "a")
    said = running.log.read_text() + running.request("/api/status")[1]
    assert "guessed" not in said and SECRET not in said
    code, seconds = running.stop()
    assert code == 0 and seconds < 10


def test_sessions_that_end_while_it_runs_are_replaced(sluice, broker, places, environment, tmp_path):
    (tmp_path / "token").write_text(CONTAINER_TOKEN)
    environment(AWS_CONTAINER_CREDENTIALS_FULL_URI=places.url + "/container", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=tmp_path / "token")
    places.lasting = 12
    running = sluice(pipeline(broker, "sessions"), tmp_path / "log").start()
    wait_ready(running)
    refused, stop = len(broker.logins("refused")), threading.Event()
    client = Client([running], "client", stop)
    client.start()
    running.wait_for(lambda: len({query_of(url)["X-Amz-Credential"] for url in broker.logins("admitted") if "ASIA" in url}) >= 4,
                     120, "logins by four sessions")
    assert len(broker.logins("refused")) == refused
    places.broken = True  # until the session in use has ended
    wait_not_ready(running, [f"{places.url}/container answered 500"])
    places.broken = False
    wait_ready(running)
    before = client.accepted
    running.wait_for(lambda: client.accepted > before + 200, 60, "more accepted readings")
    stop.set()
    client.join(60)
    running.wait_drained()
    n = client.accepted
    assert running.sql("SELECT count(*), count(DISTINCT seq), sum(seq) FROM readings") == [[n, n, n * (n - 1) // 2]]
    running.audit_agrees()
    said = running.log.read_text()
    assert not any(text in said for _, *hidden in places.sessions for text in hidden)


@pytest.mark.parametrize("place", ["instance", "web identity"])
def test_other_places_give_credentials(sluice, broker, places, environment, tmp_path, place):
    if place == "instance":
        environment(AWS_EC2_METADATA_DISABLED="false", AWS_EC2_METADATA_SERVICE_ENDPOINT=places.url)
    else:
        (tmp_path / "token").write_text("another token\n")
        environment(AWS_WEB_IDENTITY_TOKEN_FILE=tmp_path / "token", AWS_ROLE_ARN=ROLE, AWS_ENDPOINT_URL_STS=places.url + "/sts/")
    running = sluice(pipeline(broker, place.split()[0]), tmp_path / "log").start()
    if place == "web identity":
        wait_not_ready(running, [f"taking the role {ROLE}", "AccessDenied: Not authorized"])
        (tmp_path / "token").write_text(WEB_TOKEN)
    ten_readings(running, "a")
    assert places.sessions[-1][0] in broker.logins("admitted")[-1]
    assert len(places.sessions) == 1, "one session for all clients of the process"
