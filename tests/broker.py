"""A real broker of one test module, in a folder of its own, and a client for it that we did not write."""
import pathlib
import subprocess

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from certificates import make_certificates
from running import ROOT, free_port


class Broker:
    """tools/services.d/kafka, and its client."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.address = None

    def service(self, word):
        done = subprocess.run([ROOT / "tools/services.d/kafka", word, self.folder], check=True, text=True, stdout=subprocess.PIPE)
        return done.stdout

    def up(self):
        self.address = self.service("up").strip().split("=", 1)[1]
        return self

    def down(self):
        self.service("down")

    def admin(self):
        return AdminClient({"bootstrap.servers": self.address})

    def producer(self):
        return Producer({"bootstrap.servers": self.address})

    def records(self, topic):
        """All committed records of a topic, as any reader sees them."""
        reader = Consumer({"bootstrap.servers": self.address, "group.id": "eyes", "isolation.level": "read_committed",
                           "auto.offset.reset": "error", "enable.partition.eof": True})
        partitions = reader.list_topics(topic).topics[topic].partitions
        reader.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        found, ended = [], set()
        while len(ended) < len(partitions):
            message = reader.poll(10)
            assert message is not None, f"{topic} does not end"
            if message.error() is None:
                found.append(message)
            else:
                ended.add(message.partition())
        reader.close()
        return found


# A second listener, for the name localhost, whose clients log in by TLS and `mechanism`.
SECURE = """
listeners=PLAINTEXT://127.0.0.1:{plain},SECURE://127.0.0.1:{secure},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SECURE://localhost:{secure}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms={mechanism}
ssl.keystore.type=PEM
ssl.keystore.location={folder}/server.pem
"""


class SecuredBroker(Broker):
    """A broker that demands TLS and a login at `port`; tests administer it at `address` without."""

    def __init__(self, folder, mechanism, settings):
        super().__init__(folder)
        make_certificates(self.folder)
        # Kafka takes a key and its chain from one file, the key as PKCS#8.
        parts = ((self.folder / name).read_text() for name in ("server.key", "server.crt", "ca.crt"))
        (self.folder / "server.pem").write_text("".join(parts))
        plain, controller, self.port = free_port(), free_port(), free_port()
        (self.folder / "ports").write_text(f"{plain} {controller}")
        secure = SECURE.format(plain=plain, controller=controller, secure=self.port, mechanism=mechanism, folder=self.folder)
        (self.folder / "extra.properties").write_text(secure + settings)
