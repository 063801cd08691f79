"""Receives the webhooks of a desk, with nothing but the standard library. docs/guide/service.md, "Webhooks"

    python3 examples/python/webhook.py SECRETS PORT SEEN

SECRETS is a file with one secret (`whsec_…`) on each line: while you replace a secret, the new one and the old one. SEEN is a database
with the ids of messages, so that a message that comes twice has its effect once. Listens on 127.0.0.1.
"""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import sqlite3
import sys
import time

TOLERANCE = 300
LARGEST = 64 * 1024


def verify(secrets, headers, body, now):
    """Returns the id of a message (Standard Webhooks). Raises ValueError if the message is forged or old."""
    message = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(now - int(timestamp)) > TOLERANCE:
        raise ValueError("old, or the clock of one side is wrong")
    signed = f"{message}.{timestamp}.".encode() + body
    given = [text for text in headers.get("webhook-signature", "").split() if text.startswith("v1,")]
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        right = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        if any(hmac.compare_digest(right.encode(), text.encode()) for text in given):
            return message
    raise ValueError("forged, or signed with another secret")


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers 204 once the effect of a message is durable: until then, the service posts the message again."""

    timeout = 10

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST:
            return self.answer(413)
        body = self.rfile.read(int(length))
        try:
            message = verify(self.server.secrets, self.headers, body, time.time())
        except ValueError as refused:
            print(f"refused: {refused}", file=sys.stderr, flush=True)
            return self.answer(401)
        with contextlib.closing(sqlite3.connect(self.server.seen)) as database, database:
            # Put what your program does into this transaction: then it happens once, whatever crashes.
            if database.execute("INSERT OR IGNORE INTO seen VALUES (?)", [message]).rowcount == 1:
                change = json.loads(body)
                print(json.dumps({"id": message, "type": change["type"], **change["data"]}), flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


def main(secrets, port, seen):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Receiver)
    with open(secrets, encoding="ascii") as lines:
        server.secrets = lines.read().split()
    server.seen = seen
    with contextlib.closing(sqlite3.connect(seen)) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY)")
    server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
