"""Certificates for servers that tests start."""
import subprocess


def make_certificates(folder):
    """An authority of our own, and a certificate of it for the name localhost."""
    for command in (
            "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=authority -keyout ca.key -out ca.crt",
            "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
            "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 1 -out server.crt"):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
