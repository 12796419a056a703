"""./dev services with servers that only say what they would: what its env file holds."""
import shutil
import subprocess

import pytest

from running import ROOT

SERVER = """#!/usr/bin/env bash
set -euo pipefail
mkdir -p "$2"
if [[ $1 == up ]]; then echo "{0}_HOST=127.0.0.1"; fi
"""


@pytest.fixture
def services(tmp_path):
    (tmp_path / "tools/services.d").mkdir(parents=True)
    shutil.copy(ROOT / "tools/services", tmp_path / "tools/services")
    for name in ("kafka", "postgres"):
        server = tmp_path / "tools/services.d" / name
        server.write_text(SERVER.format(name.upper()))
        server.chmod(0o755)

    def run(*words):
        subprocess.run([tmp_path / "tools/services", *words], check=True, capture_output=True)
        return (tmp_path / ".services/env").read_text().splitlines()

    return run


def test_stopping_one_keeps_the_lines_of_the_other(services):
    assert services("up") == ["KAFKA_HOST=127.0.0.1", "POSTGRES_HOST=127.0.0.1"]
    assert services("down", "kafka") == ["POSTGRES_HOST=127.0.0.1"]
    assert services("up", "kafka") == ["KAFKA_HOST=127.0.0.1", "POSTGRES_HOST=127.0.0.1"]
    assert services("down", "postgres") == ["KAFKA_HOST=127.0.0.1"]
    assert services("down") == []


def test_starting_one_keeps_the_lines_of_the_other(services):
    services("up", "postgres")
    assert services("up", "kafka") == ["KAFKA_HOST=127.0.0.1", "POSTGRES_HOST=127.0.0.1"]
