"""A real broker and a real database for the tests of one run; each test takes a corner of its own: topics with a prefix, a
schema with that name."""
import itertools
import subprocess

import psycopg

from running import ROOT


class Corner:
    """Where one test keeps what it makes: pipeline lines for [log] and [store], and a reader's connection."""

    def __init__(self, servers, name):
        self.servers, self.name = servers, name
        with servers.owner() as connection:
            connection.execute(f"CREATE SCHEMA {name} AUTHORIZATION {servers.env['DB_USER']}")

    def log(self, more=""):
        return (f'[log]\nkind = "kafka"\nbrokers = "{self.servers.env["KAFKA_BOOTSTRAP_SERVERS"]}"\n'
                f'topic_prefix = "{self.name}."\n{more}\n')

    def store(self, more=""):
        return f'[store]\nkind = "postgres"\nurl = "{self.servers.env["DATABASE_URL"]}"\nschema = "{self.name}"\n{more}\n'

    def query(self, text):
        with self.servers.owner() as connection:
            connection.execute(f"SET search_path = {self.name}")
            connection.execute(f"SET ROLE {self.servers.env['DB_USER']}")
            return connection.execute(text).fetchall()


class Servers:
    numbers = itertools.count(1)

    def __init__(self, folder):
        self.folder = folder
        self.env = {}
        self.up("kafka", "postgres")

    def up(self, *names):
        done = subprocess.run([ROOT / "tools/services", "up", *names, "--dir", self.folder], check=True, text=True,
                              stdout=subprocess.PIPE)
        self.env = dict(line.split("=", 1) for line in done.stdout.splitlines())

    def down(self, *names):
        subprocess.run([ROOT / "tools/services", "down", *names, "--dir", self.folder], check=True)

    def restart(self, name):
        self.down(name)
        self.up(name)

    def owner(self):
        env = self.env
        return psycopg.connect(host=env["DB_HOST"], port=env["DB_PORT"], dbname=env["DB_NAME"], user=env["DB_OWNER"],
                               password=env["DB_OWNER_PASSWORD"], autocommit=True)

    def corner(self):
        return Corner(self, f"corner{next(self.numbers)}")
