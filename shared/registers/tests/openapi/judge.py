"""Judges requests by the official OpenAPI descriptions: one JSON object a line on standard input, a verdict a line on standard output."""

import base64
import json
import pathlib
import sys
from urllib.parse import parse_qs, urlsplit

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

HOST = "https://zgw.example.nl"
REGISTERS = {"documents": "/documenten/api/v1", "cases": "/zaken/api/v1", "notifications": "/notificaties/api/v1"}


class Request:
    def __init__(self, asked):
        url = urlsplit(asked["url"])
        headers = Headers(asked["fields"])
        query = ImmutableMultiDict(parse_qs(url.query, keep_blank_values=True))
        self.parameters = RequestParameters(query=query, header=headers, cookie={}, path={})
        self.host_url, self.path, self.method = HOST, url.path, asked["method"].lower()
        self.body = base64.b64decode(asked["body"]) or None
        self.content_type = headers.get("content-type", "application/json")


def description(name, base):
    whole = json.loads(pathlib.Path(__file__).with_name(f"{name}.json").read_text())
    return OpenAPI.from_dict(whole | {"servers": [{"url": HOST + base}]}), whole


def unknown(request, whole, base):
    """What the description does not know: open schemas let it pass, registers need not."""
    found = set()
    for path, operations in whole["paths"].items():
        parts, wanted = request.path.removeprefix(base).split("/"), path.split("/")
        if len(parts) != len(wanted) or any(w != p and not w.startswith("{") for p, w in zip(parts, wanted)):
            continue
        operation = operations[request.method]
        known = {parameter["name"] for parameter in operations["parameters"] + operation.get("parameters", []) if "name" in parameter}
        found |= set(request.parameters.query) - known
        content = operation.get("requestBody", {}).get("content", {})
        if request.body and not content:
            found.add("a body")
        if "json" in request.content_type and request.body and "application/json" in content:
            schema = content["application/json"]["schema"]
            while "$ref" in schema:
                schema = whole["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
            found |= set(json.loads(request.body)) - set(schema["properties"])
    return found


DESCRIPTIONS = {base: description(name, base) for name, base in REGISTERS.items()}
for line in sys.stdin:
    request = Request(json.loads(line))
    base = next(base for base in DESCRIPTIONS if request.path.startswith(base + "/"))
    api, whole = DESCRIPTIONS[base]
    try:
        api.validate_request(request)
        extra = unknown(request, whole, base)
        print(f"unknown: {sorted(extra)}" if extra else "good")
    except OpenAPIError as error:
        cause = error.__cause__
        print(f"{error!r} {cause!r} {[str(e) for e in getattr(cause, 'schema_errors', [])]}".replace("\n", " "))
