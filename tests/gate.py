"""A TCP gate before a server: it passes bytes on, until a rule says to cut or to stall a connection at what it carries.

    with Gate(("127.0.0.1", 5432)) as gate:
        gate.arm(b"COMMIT", "cut answer")     # once, at the next connection that sends this
        gate.stall()                          # nothing passes any more
        gate.open()

Rules look at what clients send, also where it comes in pieces; a pattern is bytes or a compiled expression:
    cut inside   half of what carries the pattern passes, then the connection is gone
    cut answer   all of it passes, the server has time to act, then the connection is gone without its answer
    hold         half of it passes, then nothing of this connection until release()
"""
import re
import socket
import threading
import time

KINDS = ("cut inside", "cut answer", "hold")


class Gate:
    def __init__(self, server, port=0, delay=0.0):
        self.server, self.delay = server, delay
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.passing = threading.Event()
        self.passing.set()
        self.released = threading.Event()
        self.rules = []          # (pattern, kind), each used once
        self.happened = {kind: 0 for kind in KINDS}
        self.connections = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def arm(self, pattern, kind):
        assert kind in KINDS
        with self.lock:
            self.rules.append((re.compile(re.escape(pattern)) if isinstance(pattern, bytes) else pattern, kind))

    def armed(self):
        with self.lock:
            return len(self.rules)

    def disarm(self):
        with self.lock:
            self.rules.clear()

    def stall(self):
        self.passing.clear()

    def open(self):
        self.passing.set()

    def release(self):
        self.released.set()

    def cut(self):
        """Every connection that is there now."""
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            connection.end()

    def close(self):
        self.listener.close()
        self.open()
        self.release()
        self.cut()

    def match(self, data):
        """The kind of the first rule that fits, which is then used up."""
        with self.lock:
            for rule in self.rules:
                if rule[0].search(data):
                    self.rules.remove(rule)
                    self.happened[rule[1]] += 1
                    return rule[1]
        return None

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.server, timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            Connection(self, client, server).start()


class Connection:
    def __init__(self, gate, client, server):
        self.gate, self.client, self.server = gate, client, server
        self.mute = False
        for side in (client, server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self):
        with self.gate.lock:
            self.gate.connections.add(self)
        threading.Thread(target=self._guard, args=(self._up,), daemon=True).start()
        threading.Thread(target=self._guard, args=(self._down,), daemon=True).start()

    def end(self):
        with self.gate.lock:
            self.gate.connections.discard(self)
        for side in (self.client, self.server):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            side.close()

    def _guard(self, pump):
        try:
            pump()
        except OSError:
            pass
        self.end()

    def _up(self):
        before = b""
        while data := self.client.recv(64 << 10):
            self._wait()
            kind = self.gate.match(before + data)
            before = data[-64:]
            if kind is None:
                self.server.sendall(data)
            elif kind == "cut answer":
                self.mute = True
                self.server.sendall(data)
                time.sleep(0.3)
                return
            else:
                self.server.sendall(data[:len(data) // 2])
                if kind == "cut inside":
                    return
                self.gate.released.wait()
                self.server.sendall(data[len(data) // 2:])

    def _down(self):
        while data := self.server.recv(64 << 10):
            self._wait()
            if not self.mute:
                self.client.sendall(data)

    def _wait(self):
        self.gate.passing.wait()
        if self.gate.delay:
            time.sleep(self.gate.delay)
