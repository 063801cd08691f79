"""REX from Python, with nothing but the standard library: receive, decide, send. docs/guide/service.md

    python3 examples/python/rex.py SOCKET send REFERRAL.json https://ngo.example 4711
    python3 examples/python/rex.py SOCKET receive [MILLISECONDS [CASES.db]]

SOCKET is `service.sock` of `rex-desk serve`. `receive` ends when nothing has come for MILLISECONDS, and keeps what comes in CASES.db.
"""

import http.client
import json
import socket
import sqlite3
import sys
import time


class Refused(Exception):
    """A problem of the service (RFC 9457): `code`, `detail`, `path`, `hint`, `retryable`."""

    def __init__(self, problem):
        super().__init__(f"{problem['code']}: {problem['detail']} {problem.get('hint', '')}")
        self.problem = problem


class Desk:
    """The desk of an organisation, which `rex-desk serve` keeps open."""

    def __init__(self, path, actor):
        self.path, self.actor = path, actor

    def call(self, method, path, body=None, key=None, attempts=5):
        """Calls an operation of the service. Repeats it, under the same key, while it may succeed."""
        headers = {"Content-Type": "application/json", "Rex-Actor": self.actor}
        if key is not None:
            headers["Idempotency-Key"] = key
        for attempt in range(attempts):
            try:
                status, answer = self._exchange(method, path, body, headers)
            except OSError as error:
                status, answer = 503, {"code": "UNAVAILABLE", "detail": str(error), "retryable": True}
            if status < 300:
                return answer
            if not answer.get("retryable") or attempt == attempts - 1:
                raise Refused(answer)
            time.sleep(2**attempt / 4)

    def _exchange(self, method, path, body, headers):
        connection = http.client.HTTPConnection("desk", timeout=90)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(90)
        try:
            connection.sock.connect(self.path)
            connection.request(method, "/v1" + path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else None
        finally:
            connection.close()

    def send(self, referral, to, ref):
        """Sends a referral. Calls with the same case number have an effect only once."""
        body = {"referral": referral, "to": to, "ref": ref}
        return self.call("POST", "/threads", body, key=f"send-{ref}")

    def items(self, wait_ms):
        """Leases items one by one, until none has arrived for a while. Settle each item; otherwise it is delivered again, as after a crash of this process."""
        while leased := self.call("POST", "/items/lease", {"waitMs": wait_ms, "leaseMs": 10_000}):
            yield leased["item"], leased["lease"]["id"]

    def settle(self, lease):
        """Settles an item. If its lease has ended meanwhile, the item is delivered again."""
        try:
            self.call("POST", f"/leases/{lease}/ack", {})
        except Refused as refused:
            if refused.problem["code"] != "NOT_FOUND":
                raise


def receive(desk, wait_ms=30_000, file=":memory:"):
    """Accepts every referral, stores each item and prints it. If an item is delivered again, its id ensures that both happen only once."""
    cases = sqlite3.connect(file)
    with cases:
        cases.execute("CREATE TABLE IF NOT EXISTS received (item TEXT PRIMARY KEY, thread TEXT, ref TEXT, what TEXT)")
    for item, lease in desk.items(int(wait_ms)):
        thread, ref = item["thread"]["id"], item["thread"].get("ref")
        what = item["event"]["type"] if item["kind"] == "event" else item["kind"]
        if what == "referral":
            desk.call("POST", f"/threads/{thread}/accept", {"reference": f"P-{thread[:6]}"}, key=item["id"])
        with cases:
            cases.execute("INSERT OR IGNORE INTO received VALUES (?, ?, ?, ?)", (item["id"], thread, ref, what))
        desk.settle(lease)
        print(json.dumps({"thread": thread, "ref": ref, "what": what}), flush=True)


def main(path, verb, *rest):
    desk = Desk(path, actor="python")
    if verb == "send":
        file, to, ref = rest
        with open(file, encoding="utf-8") as referral:
            print(json.dumps(desk.send(json.load(referral), to, ref)))
    elif verb == "receive":
        receive(desk, *rest)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as refused:
        raise SystemExit(str(refused))
