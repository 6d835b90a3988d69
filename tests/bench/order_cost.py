#!/usr/bin/env python3
"""What one order costs: the requests that it makes of DynamoDB, S3 and KMS, and their price.

Drives one order (one document, two systems as signers, nobody to notify) through the functions' binaries, against a table and a
bucket of its own in the emulator, through a proxy that counts what passes. DynamoDB units follow the service's rules from the items that
pass: 2 write units for each KB begun of each item in a transaction, 1 read unit for each 4 KB begun of a consistent read and half of it for
another one, and for the agenda's index 1 write unit for each of its rows that comes or goes. They are counted by the kind of partition, too: what many
orders share bounds how many there can be in a second (1,000 write units and 3,000 read units of one partition). Prices are list prices of us-east-1 on demand, in US dollars, as set below; Lambda's
running time (512 MB) is left out.

    cargo local up                                   # in another terminal
    set -a; . .local/env; set +a
    .local/venv/emulator/bin/python tests/bench/order_cost.py debug      # or release, after cargo build --release --bins
"""

import base64
import collections
import http.client
import http.server
import json
import math
import os
import pathlib
import subprocess
import sys
import threading
import urllib.parse
import uuid

import boto3

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
DOLLARS = {
    "write unit": 0.625e-6,
    "read unit": 0.125e-6,
    "S3 write": 5e-6,
    "S3 read": 0.4e-6,
    "KMS asymmetric": 15e-6,
    "Lambda call": 0.2e-6,
    "API call": 1e-6,
}
PROFILE = sys.argv[1] if len(sys.argv) > 1 else "release"
# Kinds of partition that orders of one organization, one client, one address or the whole service share.
SHARED = {"ORGANIZATION": "organization", "CLIENT": "client", "ATTEMPTS": "client and address, or address", "agenda": "8 shards"}
counts, of_partition = collections.Counter(), collections.Counter()
agenda = {}


def item_size(item):
    """Bytes of an item by DynamoDB's rules: names and values."""

    def value(typed):
        ((kind, content),) = typed.items()
        if kind == "S":
            return len(content.encode())
        if kind == "N":
            return math.ceil(len(content) / 2) + 1
        if kind == "B":
            return len(base64.b64decode(content))
        if kind in ("BOOL", "NULL"):
            return 1
        if kind == "M":
            return 3 + sum(1 + len(name.encode()) + value(one) for name, one in content.items())
        return 3 + sum(1 + value(one) if kind == "L" else len(one) for one in content)

    return sum(len(name.encode()) + value(one) for name, one in item.items())


def count_units(what, pk, units):
    counts[what] += units
    of_partition[pk.split("#")[0], what] += units


def count_write(item, times):
    """An item as written by a transaction (`times` is 2) or alone."""
    count_units("write unit", item["pk"]["S"], times * max(1, math.ceil(item_size(item) / 1024)))
    name = (item["pk"]["S"], item["sk"]["S"])
    before, after = agenda.get(name), (item["agenda"]["S"], item["due"]["N"]) if "agenda" in item else None
    agenda[name] = after
    if before != after:
        count_units("write unit", "agenda", (before is not None) + (after is not None))


def count_dynamo(operation, request, answer):
    counts[f"DynamoDB {operation}"] += 1
    if operation in ("GetItem", "Query"):
        items = [answer["Item"]] if "Item" in answer else answer.get("Items", [])
        units = max(1, math.ceil(sum(map(item_size, items)) / 4096))
        pk = request["Key"]["pk"] if operation == "GetItem" else request["ExpressionAttributeValues"][":pk"]
        count_units("read unit", pk["S"], units if request.get("ConsistentRead") else units / 2)
    for action in request.get("TransactItems", []):
        count_write(action["Put"]["Item"], 2)
    if operation == "PutItem":
        count_write(request["Item"], 1)


class Counting(http.server.BaseHTTPRequestHandler):
    """Passes everything on to the emulator."""

    protocol_version = "HTTP/1.1"

    def passed_on(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        emulator = http.client.HTTPConnection(urllib.parse.urlsplit(ENDPOINT).netloc)
        emulator.request(self.command, self.path, body, dict(self.headers))
        answer = emulator.getresponse()
        content = answer.read()
        target = self.headers.get("x-amz-target", "")
        if target.startswith("DynamoDB"):
            count_dynamo(target.split(".")[1], json.loads(body), json.loads(content or b"{}"))
        elif target.startswith("TrentService"):
            counts[f"KMS {target.split('.')[1]}"] += 1
        else:
            kind = "S3 read" if self.command in ("GET", "HEAD") else "S3 write"
            counts[kind] += 1
            counts[f"S3 {self.command}"] += 1
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        length = answer.getheader("content-length") if self.command == "HEAD" else None
        self.send_header("content-length", length or str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = passed_on

    def log_message(self, *_):
        pass


class Function:
    """A function's binary with a runtime API of its own; hands it one event at a time."""

    def __init__(self, name, environment):
        function = self
        self.event, self.given, self.result, self.done = None, threading.Semaphore(0), None, threading.Semaphore(0)

        class Runtime(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                function.given.acquire()
                body = json.dumps(function.event).encode()
                self.send_response(200)
                for field, value in {
                    "lambda-runtime-aws-request-id": str(uuid.uuid4()),
                    "lambda-runtime-deadline-ms": "99999999999999",
                    "lambda-runtime-invoked-function-arn": f"arn:aws:lambda:eu-north-1:000000000000:function:{name}",
                    "lambda-runtime-trace-id": "Root=1-0-0",
                    "content-length": str(len(body)),
                }.items():
                    self.send_header(field, value)
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                length = self.headers.get("content-length")
                if length:
                    function.result = self.rfile.read(int(length))
                else:
                    function.result = b""
                    while size := int(self.rfile.readline(), 16):
                        function.result += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                self.send_response(202)
                self.send_header("content-length", "0")
                self.end_headers()
                function.done.release()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Runtime)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        settings = {
            **environment,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
        }
        self.process = subprocess.Popen([ROOT / "target" / PROFILE / name], env=settings, stdout=subprocess.DEVNULL)

    def call(self, event):
        self.event = event
        self.given.release()
        if not self.done.acquire(timeout=30):
            raise SystemExit("a function did not answer")
        return json.loads(self.result or b"null")

    def http(self, key, method, path, body=None):
        counts["API call"] += 1
        counts["Lambda call"] += 1
        answer = self.call(
            {
                "version": "2.0",
                "routeKey": "$default",
                "rawPath": path,
                "rawQueryString": "",
                "headers": {"x-api-key": key, "content-type": "application/json"},
                "requestContext": {
                    "accountId": "000000000000",
                    "apiId": "bench",
                    "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench"},
                    "requestId": str(uuid.uuid4()),
                    "routeKey": "$default",
                    "stage": "$default",
                    "time": "01/Jan/2026:00:00:00 +0000",
                    "timeEpoch": 1767225600000,
                },
                "body": body if body is None else json.dumps(body),
                "isBase64Encoded": False,
            }
        )
        assert answer["statusCode"] < 300, answer
        return json.loads(answer["body"])


def storage():
    """A table and a bucket that no function of the stack watches, with the example clients and the certificate of the seal."""
    name = f"bench-{uuid.uuid4().hex[:12]}"
    dynamo, s3 = boto3.client("dynamodb"), boto3.client("s3")
    dynamo.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
            {"AttributeName": "agenda", "AttributeType": "S"},
            {"AttributeName": "due", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "agenda",
                "KeySchema": [{"AttributeName": "agenda", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    for item in dynamo.scan(TableName=os.environ["SEGL_TABLE"])["Items"]:
        if item["pk"]["S"].startswith("CLIENT#"):
            dynamo.put_item(TableName=name, Item=item)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_REGION"]})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    certificate = "configuration/seal-certificate.pem"
    content = s3.get_object(Bucket=os.environ["SEGL_BUCKET"], Key=certificate)["Body"].read()
    s3.put_object(Bucket=name, Key=certificate, Body=content)
    return name


def uploaded(bucket, key):
    """The event by which the bucket tells of an object."""
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": os.environ["AWS_REGION"],
        "eventTime": "2026-01-01T00:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "bench"},
        "requestParameters": {"sourceIPAddress": "192.0.2.1"},
        "responseElements": {},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "bench",
            "bucket": {"name": bucket, "ownerIdentity": {"principalId": "bench"}, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {"key": urllib.parse.quote(key), "size": 1, "eTag": "0", "versionId": "0", "sequencer": "0"},
        },
    }
    return {"Records": [record]}


def task_owed(order, task):
    """The event by which the table's stream tells of a task."""
    keys = {"pk": {"S": f"ORDER#{order}"}, "sk": {"S": f"TASK#{task}"}}
    change = {
        "ApproximateCreationDateTime": 1767225600,
        "Keys": keys,
        "NewImage": {**keys, "consumer": {"S": task}, "status": {"S": "ready"}},
        "SequenceNumber": "1",
        "SizeBytes": 100,
        "StreamViewType": "NEW_IMAGE",
    }
    record = {"eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb"}
    return {"Records": [{**record, "awsRegion": os.environ["AWS_REGION"], "dynamodb": change}]}


def main():
    name = storage()
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.server_port}",
        "SEGL_TABLE": name,
        "SEGL_BUCKET": name,
        "SEGL_DIALECTS": "native",
        "SEGL_BASE_URL": "https://sign.example.com",
        "SEGL_SEAL_KEY_SPEC": "RSA_3072",
        "SEGL_LOG": "error",
    }
    functions = {one: Function(one, environment) for one in ("create-order", "ingest", "system-sign", "seal")}
    try:
        ours, theirs = os.environ["SEGL_API_KEY"], os.environ["SEGL_OTHER_API_KEY"]
        # The first event of a warm environment is not part of an order: it loads the certificate of the seal.
        functions["seal"].call({"Records": []})
        counts.clear()
        of_partition.clear()
        document = (ROOT / "shared/local/demo/agreement.pdf").read_bytes()
        signers = [os.environ["SEGL_ORGANIZATION"], os.environ["SEGL_OTHER_ORGANIZATION"]]
        order = functions["create-order"].http(
            ours,
            "POST",
            "/v1/orders",
            {
                "title": "Bench",
                "documents": [{"title": "Agreement", "content_base64": base64.b64encode(document).decode()}],
                "signers": [{"type": "system", "organization": one} for one in signers],
            },
        )
        counts["Lambda call"] += 1
        functions["ingest"].call(uploaded(name, f"originals/{order['id']}/0"))
        for key in (ours, theirs):
            path = f"/v1/orders/{order['id']}"
            request = functions["system-sign"].http(key, "GET", f"{path}/signature-request")
            functions["system-sign"].http(key, "POST", f"{path}/signatures", {"decision": "sign", "digests": request["digests"]})
        counts["Lambda call"] += 1
        functions["seal"].call(task_owed(order["id"], "seal"))
        stored = boto3.client("dynamodb").get_item(TableName=name, Key={"pk": {"S": f"ORDER#{order['id']}"}, "sk": {"S": "META"}})["Item"]
        assert '"accepted"' in json.dumps(stored).replace("\\", ""), stored
        counts["KMS asymmetric"] = counts["KMS Sign"]
        print(f"{'per order':<28} {'number':>7} {'dollars per million':>20}")
        total = 0
        for what, number in sorted(counts.items()):
            price = DOLLARS.get(what, 0) * number * 1e6
            total += price
            print(f"{what:<28} {number:>7g} {price:>20.2f}" if what in DOLLARS else f"{what:<28} {number:>7g}")
        print(f"{'together':<28} {'':>7} {total:>20.2f}")
        print(f"the order's item has {item_size(stored)} bytes")
        print(f"\n{'in partitions of':<52} {'write units':>11} {'read units':>11}")
        for kind in sorted({kind for kind, _ in of_partition}):
            shared = f"shared by: {SHARED[kind]}" if kind in SHARED else "the order's own"
            writes, reads = of_partition[kind, "write unit"], of_partition[kind, "read unit"]
            print(f"{f'{kind} ({shared})':<52} {writes:>11g} {reads:>11g}")
    finally:
        for one in functions.values():
            one.process.kill()
            one.process.wait()


if __name__ == "__main__":
    main()
