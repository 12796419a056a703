"""The places where AWS hands out credentials, on loopback, because they exist in AWS alone: a container's endpoint, instance
metadata (version 2) and STS. They answer as AWS documents it; every answer holds a new session."""
import http.server
import json
import secrets
import threading
import time
import urllib.parse

ROLES = "/latest/meta-data/iam/security-credentials/"
CONTAINER_TOKEN, INSTANCE_TOKEN, WEB_TOKEN, ROLE = "container token", "instance token", "web.identity.token", "arn:aws:iam::1:role/plant"
XML = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/plant/sluice</Arn></AssumedRoleUser><Credentials>
<AccessKeyId>{AccessKeyId}</AccessKeyId><SecretAccessKey>{SecretAccessKey}</SecretAccessKey>
<SessionToken>{Token}</SessionToken><Expiration>{Expiration}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""


class AwsPlaces:
    """`accept(key, secret, token, end)` hears of each session that is handed out, of `lasting` seconds."""

    def __init__(self, accept):
        self.accept = accept
        self.lasting = 3600
        self.broken = False
        self.sessions = []
        places = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                places.answer(self, "")

            def do_PUT(self):
                places.answer(self, "")

            def do_POST(self):
                places.answer(self, self.rfile.read(int(self.headers["Content-Length"])).decode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def session(self):
        end = int(time.time()) + self.lasting
        key, secret, token = f"ASIA{len(self.sessions):016}", secrets.token_hex(20), secrets.token_urlsafe(90) + "+/=="
        self.sessions.append((key, secret, token))
        self.accept(key, secret, token, end)
        return {"Code": "Success", "AccessKeyId": key, "SecretAccessKey": secret, "Token": token,
                "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))}

    def answer(self, request, body):
        status, text = (500, "broken") if self.broken else self.reply(request.command, request.path, request.headers, body)
        request.send_response(status)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text.encode())

    def reply(self, method, path, headers, body):
        if (method, path) == ("GET", "/container"):
            return (200, json.dumps(self.session())) if headers["Authorization"] == CONTAINER_TOKEN else (401, "")
        if (method, path) == ("PUT", "/latest/api/token"):
            return (200, INSTANCE_TOKEN) if headers["X-aws-ec2-metadata-token-ttl-seconds"] else (400, "")
        if method == "GET" and path.startswith(ROLES):
            if headers["X-aws-ec2-metadata-token"] != INSTANCE_TOKEN:
                return 401, ""
            return (200, "plant") if path == ROLES else (200, json.dumps(self.session()))
        if (method, path) == ("POST", "/sts/"):
            return self.assume(dict(urllib.parse.parse_qsl(body)))
        return 404, ""

    def assume(self, form):
        asked = (form["Action"], form["Version"], form["RoleArn"])
        if asked == ("AssumeRoleWithWebIdentity", "2011-06-15", ROLE) and form["WebIdentityToken"] == WEB_TOKEN:
            return 200, XML.format(**self.session())
        return 403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error></ErrorResponse>"
