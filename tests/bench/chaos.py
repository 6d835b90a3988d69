#!/usr/bin/env python3
"""Many orders through the running local stack while its functions are killed and its triggers are lost at random.

Functions die by SIGKILL in whatever they are at. Triggers are taken away for a while: the mappings from the table's stream to `seal` and
`notify` are deleted and made anew at the stream's end, so that what came in between is never told to anybody; the bucket tells nobody of
uploads. Callers do what the API tells them to: they repeat what was not answered, under the same idempotency key.

A receiver of webhooks runs along that is no better: of some messages it refuses the first copy, or hangs up on it.

At the end every order must have ended as its callers meant it to, its audit trail must say each thing once and verify, every sealed
document must validate, by `pdfsig` and by `segl verify`, and every message of the feed must have arrived with a signature that the official
library of Standard Webhooks takes. Recovery waits for the agenda, which takes minutes: so does this.

    cargo build --bin segl
    cargo local up                                   # in another terminal
    set -a; . .local/env; set +a
    .local/venv/tests/bin/python tests/bench/chaos.py [orders] [orders a second] [seed]     # `cargo local test` makes this Python
"""

import base64
import collections
import concurrent.futures
import datetime
import http.client
import http.server
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import boto3
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICE = urllib.parse.urlsplit(os.environ["SEGL_URL"])
OURS, THEIRS = os.environ["SEGL_API_KEY"], os.environ["SEGL_OTHER_API_KEY"]
DOCUMENT = base64.b64encode((ROOT / "shared/local/demo/agreement.pdf").read_bytes()).decode()
SIGNERS = [{"type": "system", "organization": os.environ[name]} for name in ("SEGL_ORGANIZATION", "SEGL_OTHER_ORGANIZATION")]
# After so long without its end an order counts as stuck. The agenda wakes what was lost after five minutes, and more than once can be lost.
PATIENCE = 1800
# For how long things go wrong after the last order was begun: recovery is disturbed, too.
AFTERWARDS = 240
# How orders are meant to end, as often as the number says.
ENDS = {"accepted": 16, "cancelled": 2, "rejected": 1, "expired": 1}
# What must stand in an audit trail, and how often; what is not here must not stand there.
TRAILS = {
    "accepted": {"signed": 2, "everyone-signed": 1, "sealed": 1, "accepted": 1},
    "cancelled": {"cancelled": 1},
    "rejected": {"declined": 1, "rejected": 1},
    "expired": {"expired": 1},
}
ALWAYS = {"created": 1, "document-ready": 1, "group-opened": 1}

repeats, deeds = collections.Counter(), collections.Counter()
counting = threading.Lock()


def count(counter, what):
    with counting:
        counter[what] += 1


def call(method, path, key, body=None, idempotency_key=None):
    """Status and answer of one request; status 0 where there was no answer."""
    headers = {"content-type": "application/json", "x-api-key": key}
    if idempotency_key:
        headers["idempotency-key"] = idempotency_key
    connection = http.client.HTTPConnection(SERVICE.netloc, timeout=60)
    try:
        connection.request(method, path, body and json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()


def insist(step, method, path, key, body=None, idempotency_key=None, done=lambda answer: True):
    """Repeats a request until it succeeds with what is waited for. What is refused for good is an error, also on a repeat: under its key,
    a repeat is answered as the first time."""
    end, wait = time.monotonic() + PATIENCE, 0.3
    while time.monotonic() < end:
        status, answer = call(method, path, key, body, idempotency_key)
        if 200 <= status < 300:
            answer = json.loads(answer)
            if done(answer):
                return answer
            count(repeats, f"{step}: not yet")
        elif status == 0 or status >= 500 or status == 429:
            count(repeats, f"{step}: {status or 'no answer'}")
        elif status == 409 and json.loads(answer)["code"] in ("documents-awaited", "changed-meanwhile"):
            count(repeats, f"{step}: {json.loads(answer)['code']}")
        else:
            raise SystemError(f"{step}: {status} {answer.decode()}")
        time.sleep(wait)
        # Many wait at the same time: what they ask meanwhile is to leave the service room.
        wait = min(wait * 1.5, 15)
    raise TimeoutError(f"{step}: nothing after {PATIENCE} s")


def one_order(number, meant):
    """Brings one order to the end that it is meant to have. Answers its path."""
    order = {"title": f"Chaos {number}", "documents": [{"title": "Agreement", "content_base64": DOCUMENT}], "signers": SIGNERS}
    if meant == "expired":
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=8)
        order["deadline"] = soon.strftime("%Y-%m-%dT%H:%M:%SZ")
    key = f"chaos-{os.getpid()}-{number}"
    path = "/v1/orders/" + insist("create", "POST", "/v1/orders", OURS, order, key)["id"]

    def decide(caller, name, decision):
        request = insist("read request", "GET", f"{path}/signature-request", caller, done=lambda answer: answer.get("digests"))
        body = {"decision": "sign", "digests": request["digests"]} if decision == "sign" else {"decision": "decline", "reason": "No"}
        insist(decision, "POST", f"{path}/signatures", caller, body, f"{key}-{name}")

    if meant == "accepted":
        decide(OURS, "ours", "sign")
        decide(THEIRS, "theirs", "sign")
    elif meant == "rejected":
        decide(OURS, "ours", "decline")
    elif meant == "cancelled":
        insist("wait", "GET", path, OURS, done=lambda answer: answer["state"] == "pending")
        insist("cancel", "POST", f"{path}/cancel", OURS, {"reason": "A mistake"}, f"{key}-cancel")
    insist("end", "GET", path, OURS, done=lambda answer: answer.get("ended_at"))
    return path


class Chaos(threading.Thread):
    """Kills functions and takes triggers away until it is told to stop; then everything is as it was."""

    def __init__(self, seed):
        super().__init__(daemon=True)
        self.random, self.over = random.Random(seed), threading.Event()
        self.emulator = int((ROOT / ".local/up/emulator.pid").read_text())
        self.functions = boto3.client("lambda")
        self.bucket = boto3.client("s3")

    def run(self):
        while not self.over.wait(self.random.uniform(0.2, 2)):
            try:
                self.random.choices([self.kill, self.lose_stream, self.lose_uploads], [30, 2, 1])[0]()
            except Exception as error:  # noqa: BLE001 - what disturbs may itself be disturbed
                count(deeds, f"failed: {type(error).__name__}")

    def kill(self):
        """Kills one function's process: a descendant of the emulator that runs a `bootstrap`."""
        parents = {}
        for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = status.read_text().rpartition(")")[2].split()
                parents[int(status.parent.name)] = int(fields[1])
            except (OSError, IndexError):
                continue

        def below(process):
            while process in parents and process != self.emulator:
                process = parents[process]
            return process == self.emulator

        def is_function(process):
            try:
                return os.readlink(f"/proc/{process}/exe").removesuffix(" (deleted)").endswith("/bootstrap")
            except OSError:
                return False

        victims = [process for process in parents if process != self.emulator and below(process) and is_function(process)]
        if victims:
            os.kill(self.random.choice(victims), signal.SIGKILL)
            count(deeds, "functions killed")

    def lose_stream(self):
        mapping = self.random.choice(self.functions.list_event_source_mappings()["EventSourceMappings"])
        self.functions.delete_event_source_mapping(UUID=mapping["UUID"])
        count(deeds, "streams lost")
        self.over.wait(self.random.uniform(2, 10))
        kept = ("EventSourceArn", "BatchSize", "FilterCriteria", "FunctionResponseTypes", "BisectBatchOnFunctionError",
                "MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "DestinationConfig", "ParallelizationFactor")
        again = {name: mapping[name] for name in kept if mapping.get(name)}
        self.functions.create_event_source_mapping(FunctionName=mapping["FunctionArn"], StartingPosition="LATEST", **again)

    def lose_uploads(self):
        bucket = os.environ["SEGL_BUCKET"]
        before = self.bucket.get_bucket_notification_configuration(Bucket=bucket)
        before.pop("ResponseMetadata", None)
        self.bucket.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
        count(deeds, "uploads not told")
        self.over.wait(self.random.uniform(2, 10))
        self.bucket.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=before)

    def stop(self):
        self.over.set()
        self.join()


class Receiver(http.server.ThreadingHTTPServer):
    """Takes deliveries, and remembers how often each message came with a good signature."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, seed):
        super().__init__(("127.0.0.1", 0), Delivered)
        self.random, self.secret = random.Random(seed), None
        self.came, self.bad, self.refused = collections.Counter(), [], set()
        threading.Thread(target=self.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{self.server_port}/hooks"
        made = insist("webhook", "POST", "/v1/webhooks", OURS, {"url": address}, f"chaos-{os.getpid()}-webhook")
        # The secret is shown once: a repeat of the request has none.
        self.id = made["id"]
        made = made if "secret" in made else insist("secret", "POST", f"/v1/webhooks/{self.id}/rotate-secret", OURS, {"overlap_seconds": 0})
        self.secret = made["secret"]
        self.before = self.feed_head()

    @staticmethod
    def feed_head():
        after = 0
        while True:
            page = insist("feed", "GET", f"/v1/events?after={after}&limit=100", OURS)
            after = page["next_after"]
            if not page["more"]:
                return after

    def missing(self):
        """What stands in the feed and has not come yet."""
        after, missing, told = self.before, [], 0
        while True:
            page = insist("feed", "GET", f"/v1/events?after={after}&limit=100", OURS)
            told += len(page["events"])
            missing += [event["id"] for event in page["events"] if event["id"] not in self.came]
            after = page["next_after"]
            if not page["more"]:
                return missing, told

    def wait(self):
        """Waits until everything has come; answers what has not, and how much there was."""
        end = time.monotonic() + PATIENCE
        while True:
            missing, told = self.missing()
            if not missing or time.monotonic() > end:
                return missing, told
            time.sleep(10)


class Delivered(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        receiver = self.server
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        name = self.headers.get("webhook-id")
        try:
            Webhook(receiver.secret).verify(body, {key.lower(): value for key, value in self.headers.items()})
        except WebhookVerificationError as error:
            receiver.bad.append((name, str(error)))
            return self.answer(400)
        # One copy at the most is refused: those that follow come minutes later.
        with counting:
            refuse = receiver.random.random() < 0.06 and name not in receiver.refused and name not in receiver.came
            if refuse:
                receiver.refused.add(name)
            else:
                receiver.came[name] += 1
            hang_up = refuse and receiver.random.random() < 0.5
        if hang_up:
            self.close_connection = True
            return None
        return self.answer(503 if refuse else 204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def wrong(path, meant, folder):
    """What is wrong with an order that has ended."""
    order = insist("read", "GET", path, OURS)
    if order["state"] != meant:
        yield f"is {order['state']} instead of {meant}"
    events = insist("read events", "GET", f"{path}/events", OURS)["events"]
    found = collections.Counter(event["what"]["type"] for event in events)
    # An order whose document was still looked for when its time was over ends without it.
    without_document = meant == "expired" and found == collections.Counter({"created": 1, "documents-missing": 1, "expired": 1})
    if found != collections.Counter(ALWAYS | TRAILS[meant]) and not without_document:
        yield f"has these events: {dict(found)}"
    shown = subprocess.run([ROOT / "target/debug/segl", "--json", "order", "show", order["id"]], capture_output=True, check=False)
    if shown.returncode or json.loads(shown.stdout).get("broken_audit_trail"):
        yield f"has an audit trail that does not verify: {shown.stdout.decode()[-200:]} {shown.stderr.decode()[-200:]}"
    elif [task for task in json.loads(shown.stdout)["owed"] if task["task"] == "seal"]:
        yield "still owes a seal"
    if meant != "accepted":
        return
    status, sealed = call("GET", f"{path}/documents/0/sealed", OURS)
    if status != 200:
        yield f"has no sealed document: {status}"
        return
    file = folder / f"{order['id']}.pdf"
    file.write_bytes(sealed)
    judged = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout
    if judged.count("Signature is Valid") != 1 or judged.count("Total document signed") != 1:
        yield f"pdfsig: {judged}"
    own = subprocess.run(
        [ROOT / "target/debug/segl", "verify", file, "--trust", os.environ["SEGL_ROOT_CERTIFICATE"]],
        capture_output=True, text=True, check=False)
    if own.returncode or "in an unbroken chain" not in own.stdout:
        yield f"segl verify: {own.stdout[-300:]} {own.stderr[-300:]}"


def main():
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    rate = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    cycle = [end for end, weight in ENDS.items() for _ in range(weight)]
    ends = [cycle[number * 7 % len(cycle)] for number in range(orders)]
    receiver = Receiver(seed)
    chaos, begin = Chaos(seed), time.monotonic()
    chaos.start()
    # A thread for each order: what waits for the agenda must not keep the others from their turn.
    with concurrent.futures.ThreadPoolExecutor(max_workers=orders) as pool:
        running = []
        for number in range(orders):
            running.append(pool.submit(one_order, number, ends[number]))
            time.sleep(1 / rate)
        concurrent.futures.wait(running, timeout=AFTERWARDS)
        chaos.stop()
        outcomes = [future.exception() or future.result() for future in running]
    took = time.monotonic() - begin
    missing, told = receiver.wait()
    arrived = time.monotonic() - begin

    failures = [f"order {number}, meant to be {ends[number]}: {outcome!r}" for number, outcome in enumerate(outcomes) if isinstance(outcome, BaseException)]
    failures += [f"message {name} never came" for name in missing]
    failures += [f"message {name} came with a bad signature: {why}" for name, why in receiver.bad]
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(outcomes):
            if isinstance(path, str):
                failures += [f"order {number} ({path}) {problem}" for problem in wrong(path, ends[number], pathlib.Path(folder))]
    print(f"{orders} orders, seed {seed}: {took:.0f} s; meant to be {dict(collections.Counter(ends))}; {len(failures)} failures")
    copies = sum(receiver.came.values())
    print(f"{told} messages in the feed, {told - len(missing)} arrived after {arrived:.0f} s, in {copies} copies with good signatures; "
          f"{len(receiver.refused)} first copies refused")
    for what, number in sorted(deeds.items()):
        print(f"{what}: {number}")
    for what, number in sorted(repeats.items()):
        print(f"repeated after {what}: {number}")
    for failure in failures:
        print("WRONG", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
