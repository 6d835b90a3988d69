"""Verifies a workflow token from a key set alone, with PyJWT. Prints the claims as JSON.

python3 verify_token.py TOKEN.jwt JWKS.json
"""

import json
import pathlib
import sys

import jwt

token, keys = (pathlib.Path(path).read_text() for path in sys.argv[1:3])
token = token.strip()
header = jwt.get_unverified_header(token)
if header["typ"] != "workflow-token+jwt":
    sys.exit(f"another type: {header['typ']}")
named = [key for key in jwt.PyJWKSet.from_dict(json.loads(keys)).keys if key.key_id == header["kid"]]
if len(named) != 1:
    sys.exit("the key set has no key of this name")
claims = jwt.decode(token, named[0].key, algorithms=["ES256"], options={"verify_aud": False})
print(json.dumps(claims))
