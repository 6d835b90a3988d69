"""Verifies a delivery: `v1` with the official library of Standard Webhooks, which knows no `v1a`; `v1a` with PyCA cryptography. Prints
the body's type.

python3 verify_webhook.py SECRET PUBLIC_KEY HEADERS.json BODY
"""

import base64
import json
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook

secret, public_key = sys.argv[1:3]
headers, body = (pathlib.Path(path).read_bytes() for path in sys.argv[3:5])
headers = json.loads(headers)
message = Webhook(secret).verify(body, headers)

key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
signatures = [one.split(",", 1) for one in headers["webhook-signature"].split()]
signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
key.verify(base64.b64decode(next(text for version, text in signatures if version == "v1a")), signed)
print(message["type"])
