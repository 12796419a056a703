"""What Python tests share: fixtures that end what a test started; the running sluice itself is tests/running.py."""
import os
import pathlib
import tempfile

import pytest

from running import NUMBERS, PROGRAM, ROOT, SENSORS, Sluice, free_port  # noqa: F401


@pytest.fixture
def sluice(tmp_path):
    """sluice(pipeline text) → Sluice, ended with the test."""
    made = []

    def make(pipeline, folder=None):
        where = pathlib.Path(folder or tmp_path)
        where.mkdir(parents=True, exist_ok=True)
        made.append(Sluice(where, pipeline))
        return made[-1]

    yield make
    for one in made:
        if one.process is not None:
            one.process.kill()
            one.process.wait()


@pytest.fixture(scope="session")
def servers():
    from servers import Servers  # only these tests need the servers and their clients

    with tempfile.TemporaryDirectory(prefix="sluice-servers-") as folder:
        os.chmod(folder, 0o755)  # the database runs as another user
        running = Servers(folder)
        yield running
        running.down("kafka", "postgres")


@pytest.fixture(scope="module")
def database():
    from database import Database

    with tempfile.TemporaryDirectory(prefix="sluice-postgres-test-") as folder:
        os.chmod(folder, 0o755)  # the server runs as another user
        running = Database(pathlib.Path(folder))
        yield running
        running.service("down")


@pytest.fixture
def corner(database):
    return database.corner()


@pytest.fixture(scope="session")
def program():
    assert PROGRAM.exists(), "build first: ./dev build"
    return PROGRAM


def seconds_from(name, default):
    return float(os.environ.get(name, default))
