#!/usr/bin/env python3
"""A steady rate of orders over the running service: how long the steps take, and whether any order is lost.

Each order has one document in the request and two systems that read and sign; it counts as done when it is accepted, which is sealed.
Orders begin at fixed moments, whether or not earlier ones are done (an open loop), so that a service that falls behind is seen to. Beside
that, a null request is timed: a path that leads nowhere, which costs gateway and function and touches no storage. On the emulator that is
most of what a request takes; the work itself is measured without it by `throughput.rs`.

    cargo local up                                   # in another terminal
    set -a; . .local/env; set +a
    python3 tests/bench/load.py [orders] [orders a second]
"""

import base64
import collections
import http.client
import json
import os
import pathlib
import statistics
import sys
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICE = urllib.parse.urlsplit(os.environ["SEGL_URL"])
OURS, THEIRS = os.environ["SEGL_API_KEY"], os.environ["SEGL_OTHER_API_KEY"]
DOCUMENT = base64.b64encode((ROOT / "shared/local/demo/agreement.pdf").read_bytes()).decode()
SIGNERS = [{"type": "system", "organization": os.environ[name]} for name in ("SEGL_ORGANIZATION", "SEGL_OTHER_ORGANIZATION")]
# After so long without its end an order counts as lost.
PATIENCE = 180
# What the service answers while something is not there yet, or cannot be taken at the moment. Callers try again.
NOT_YET = {409, 429, 500, 502, 503, 504}

times, repeats = collections.defaultdict(list), collections.Counter()
counting = threading.Lock()


def call(step, method, path, key=None, body=None):
    """One request on a connection of its own, timed under the name of its step."""
    connection = http.client.HTTPConnection(SERVICE.netloc, timeout=60)
    headers = {"content-type": "application/json"} | ({"x-api-key": key} if key else {})
    start = time.monotonic()
    connection.request(method, path, body and json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    with counting:
        times[step].append(time.monotonic() - start)
    connection.close()
    return answer.status, json.loads(content)


def insist(step, method, path, key, body=None, done=lambda answer: True):
    """Repeats a request until it succeeds with what is waited for."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        status, answer = call(step, method, path, key, body)
        if status < 300 and done(answer):
            return answer
        if status >= 300 and status not in NOT_YET:
            raise SystemError(f"{step}: {status} {answer}")
        with counting:
            repeats[f"{step} {status}"] += 1
        time.sleep(0.5)
    raise TimeoutError(f"{step}: nothing after {PATIENCE} s")


def one_order(number):
    order = {"title": f"Load {number}", "documents": [{"title": "Agreement", "content_base64": DOCUMENT}], "signers": SIGNERS}
    path = "/v1/orders/" + insist("create", "POST", "/v1/orders", OURS, order)["id"]
    for key in (OURS, THEIRS):
        request = insist("read request", "GET", f"{path}/signature-request", key, done=lambda answer: answer.get("digests"))
        decision = {"decision": "sign", "digests": request["digests"]}
        try:
            insist("sign", "POST", f"{path}/signatures", key, decision)
        except SystemError as refused:
            # The answer to an earlier try was lost.
            if "already-decided" not in str(refused):
                raise
    insist("wait for the seal", "GET", path, OURS, done=lambda answer: answer["state"] == "accepted")
    return path


def main():
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    rate = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    for _ in range(20):
        call("null request, alone", "GET", "/nowhere")
    whole, lost = [], []

    def run(number):
        start = time.monotonic()
        try:
            one_order(number)
            whole.append(time.monotonic() - start)
        except Exception as error:  # noqa: BLE001 - whatever it is, the order is lost, and it is told below
            lost.append(f"{number}: {error}")

    threads = []
    begin = time.monotonic()
    for number in range(orders):
        time.sleep(max(0, begin + number / rate - time.monotonic()))
        threads.append(threading.Thread(target=run, args=(number,)))
        threads[-1].start()
        if number % 5 == 0:
            call("null request, under load", "GET", "/nowhere")
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - begin

    print(f"{orders} orders begun at {rate:g} a second: {len(whole)} done, {len(lost)} lost, {len(whole) / elapsed:.2f} done a second")
    print(f"{'step':<26} {'times':>6} {'median ms':>10} {'95 % ms':>10}")
    for step, taken in [*times.items(), ("a whole order", whole)]:
        if len(taken) > 1:
            print(f"{step:<26} {len(taken):>6} {statistics.median(taken) * 1000:>10.0f} {statistics.quantiles(taken, n=20)[-1] * 1000:>10.0f}")
    for what, number in sorted(repeats.items()):
        print(f"repeated after {what}: {number}")
    for one in lost:
        print("lost", one)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
