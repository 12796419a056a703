"""Clients that misbehave against a running server: each ends with the right status or a closed connection, and a
well-behaved client goes on meanwhile."""
import concurrent.futures
import gzip
import http.client
import json
import os
import socket
import statistics
import threading
import time
import urllib.parse

import pytest

import zstandard as zstd

from conftest import SENSORS, Sluice, free_port

URL = urllib.parse.urlparse(f"http://127.0.0.1:{free_port()}")
INGEST = "/ingest/readings"
PIPELINE = SENSORS + """
[source.ingest]
kind = "http"
stream = "readings"
"""
HOST = f"Host: localhost:{URL.port}\r\n"


@pytest.fixture(scope="module", autouse=True)
def server(tmp_path_factory):
    running = Sluice(tmp_path_factory.mktemp("abused"), PIPELINE, URL.port).start()
    yield running
    assert running.process.poll() is None, "the server did not survive"
    assert running.stop()[0] == 0


def connect(timeout=30):
    return socket.create_connection((URL.hostname, URL.port), timeout=timeout)


def read_all(sock):
    data = b""
    try:
        while chunk := sock.recv(65536):
            data += chunk
    except (ConnectionResetError, BrokenPipeError):
        pass
    return data


def status_of(data):
    return int(data.split(b" ", 2)[1]) if data.startswith(b"HTTP/1.1 ") else 0


def exchange(raw, half_close=False):
    """Sends raw bytes and reads to the end: the status, or 0 for a connection closed without one."""
    with connect() as sock:
        try:
            sock.sendall(raw if isinstance(raw, bytes) else raw.encode())
            if half_close:
                sock.shutdown(socket.SHUT_WR)
        except (ConnectionResetError, BrokenPipeError):
            pass
        return status_of(read_all(sock))


def post(path, body, headers=None):
    connection = http.client.HTTPConnection(URL.hostname, URL.port, timeout=30)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json", **(headers or {})})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def latencies(stop, found):
    """A well-behaved client: keep-alive, one request after the other."""
    connection = http.client.HTTPConnection(URL.hostname, URL.port, timeout=30)
    while not stop.is_set():
        began = time.monotonic()
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        response.read()
        assert response.status == 200
        found.append(time.monotonic() - began)
        time.sleep(0.001)
    connection.close()


class Behaved:
    """Runs the well-behaved client for as long as the block."""

    def __enter__(self):
        self.stop, self.found = threading.Event(), []
        self.thread = threading.Thread(target=latencies, args=(self.stop, self.found))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def p99(self):
        return statistics.quantiles(self.found, n=100)[98] * 1000 if len(self.found) > 1 else 0


@pytest.fixture(scope="module", autouse=True)
def well_behaved_client():
    with Behaved() as quiet:
        time.sleep(2)
    with Behaved() as abused:
        yield
    print(f"\np99 quiet {quiet.p99():.2f} ms, under abuse {abused.p99():.2f} ms"
          f" ({len(quiet.found)} and {len(abused.found)} requests)")
    assert abused.found


def test_a_slow_head_is_ended():
    with connect() as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n")
        began = time.monotonic()
        assert status_of(read_all(sock)) in (408, 0)
        assert time.monotonic() - began < 15


def test_a_slow_body_is_ended():
    with connect() as sock:
        sock.sendall(f"POST {INGEST} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n[".encode())
        assert status_of(read_all(sock)) in (408, 0)


def test_a_head_that_is_too_long_is_refused():
    assert exchange(f"GET / HTTP/1.1\r\n{HOST}X: {'x' * 20000}\r\n\r\n") in (431, 400)


def test_an_oversized_body_is_refused_and_the_client_sees_it():
    assert post(INGEST, b" " * (9 << 20))[0] == 413


@pytest.mark.parametrize("raw", [
    f"GET /healthz HTTP/1.1\r\n{HOST}\r\n",
    f"POST {INGEST} HTTP/1.1\r\n{HOST}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n[",
    "GET /heal",
])
def test_a_half_closed_connection_gets_an_answer_and_an_end(raw):
    assert exchange(raw, half_close=True) in (200, 400, 0)


def test_a_thousand_idle_connections_hold_up_nobody():
    idle = [connect() for _ in range(int(os.environ.get("SLUICE_IDLE", "1000")))]
    try:
        began = time.monotonic()
        assert exchange(f"GET /healthz HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n") == 200
        assert time.monotonic() - began < 5
    finally:
        for sock in idle:
            sock.close()


@pytest.mark.parametrize("headers", [
    "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
    "Content-Length: 3\r\nContent-Length: 4\r\n",
])
def test_two_lengths_are_refused_and_the_connection_closed(headers):
    assert exchange(f"POST {INGEST} HTTP/1.1\r\n{HOST}{headers}\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n") == 400


def test_a_gzip_bomb_is_refused():
    assert post(INGEST, gzip.compress(b" " * (200 << 20), 9), {"Content-Encoding": "gzip"})[0] == 413


def test_a_zstd_bomb_is_refused():
    assert post(INGEST, zstd.compress(b" " * (200 << 20)), {"Content-Encoding": "zstd"})[0] == 413


def test_deep_json_in_a_field_that_nobody_reads_is_one_bad_reading():
    deep = '{"unread":' + "[" * 5000 + "]" * 5000 + "}"
    status, body = post(INGEST, deep + "\n" + deep, {"Content-Type": "application/x-ndjson"})
    assert status == 400 and b'"dead":2' in body


def test_a_foreign_host_is_refused():
    assert exchange("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n") in (403, 421)


def test_a_foreign_origin_is_refused():
    assert post("/api/sql", b'{"query": "select 1"}', {"Origin": "http://evil.example"})[0] == 403


@pytest.mark.parametrize("raw", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"\0" * 20000, b"GET\r\n\r\n",
                                 os.urandom(4096) + b"\r\n\r\n"])
def test_garbage_is_refused(raw):
    assert exchange(raw, half_close=True) in (400, 431, 505, 0)


def test_clients_that_leave_early_cost_nothing():
    for cut in range(1, 200):
        with connect() as sock:
            body = f"POST {INGEST} HTTP/1.1\r\n{HOST}Content-Length: 1000\r\n\r\n" + "x" * 100
            sock.sendall(body.encode()[:cut])
    assert exchange(f"GET /healthz HTTP/1.1\r\n{HOST}Connection: close\r\n\r\n") == 200


def test_slow_queries_do_not_make_a_process_that_is_well_look_dead(sluice):
    slow = json.dumps({"query": "SELECT count(*) FROM range(100000) a, range(100000) b, range(100) c"})
    pipeline = sluice(PIPELINE).start()
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        queries = [threads.submit(pipeline.post, "/api/sql", slow) for _ in range(8)]
        time.sleep(0.5)
        assert pipeline.request("/healthz")[0] == 200
        assert not any(query.done() for query in queries), "they were to be under way"
        pipeline.kill()
        for query in queries:
            query.exception()
