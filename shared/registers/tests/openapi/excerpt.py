"""Cuts the official OpenAPI files down to the operations that Segl uses: excerpt.py documents.yaml cases.yaml notifications.yaml."""

import json
import pathlib
import sys

import yaml

USED = {
    "documents": {
        "/enkelvoudiginformatieobjecten": ["get", "post"],
        "/enkelvoudiginformatieobjecten/{uuid}": ["get", "patch"],
        "/enkelvoudiginformatieobjecten/{uuid}/download": ["get"],
        "/enkelvoudiginformatieobjecten/{uuid}/lock": ["post"],
        "/enkelvoudiginformatieobjecten/{uuid}/unlock": ["post"],
        "/bestandsdelen/{uuid}": ["put"],
    },
    "cases": {"/zaken": ["get"], "/zaken/{uuid}": ["get"], "/zaakinformatieobjecten": ["post"]},
    "notifications": {"/kanaal": ["get", "post"], "/notificaties": ["post"]},
}


def excerpt(whole, used):
    paths = {}
    for path, methods in used.items():
        paths[path] = {"parameters": whole["paths"][path].get("parameters", [])}
        for method in methods:
            operation = whole["paths"][path][method]
            kept = {name: operation[name] for name in ("operationId", "parameters", "requestBody", "security") if name in operation}
            paths[path][method] = kept | {"responses": {"default": {"description": "not looked at"}}}
    cut = {"openapi": whole["openapi"], "info": {"title": whole["info"]["title"], "version": whole["info"]["version"]}, "paths": paths}
    components = {"securitySchemes": whole["components"]["securitySchemes"]}
    pending = references(paths)
    while pending:
        _, _, kind, name = pending.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = whole["components"][kind][name]
            pending |= references(components[kind][name])
    return cut | {"components": components}


def references(node):
    if isinstance(node, list):
        return set().union(*map(references, node))
    if not isinstance(node, dict):
        return set()
    found = set().union(*map(references, node.values()))
    return found | {node["$ref"]} if isinstance(node.get("$ref"), str) else found


def undescribed(node):
    """Without the prose, which is most of the files."""
    if isinstance(node, list):
        return [undescribed(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {name: undescribed(value) for name, value in node.items() if not (name == "description" and isinstance(value, str))}


for (name, used), path in zip(USED.items(), sys.argv[1:], strict=True):
    cut = undescribed(excerpt(yaml.safe_load(pathlib.Path(path).read_text()), used))
    for methods in cut["paths"].values():
        for method in methods.values():
            if isinstance(method, dict):
                method["responses"] = {"default": {"description": ""}}
    pathlib.Path(__file__).with_name(f"{name}.json").write_text(json.dumps(cut, indent=1, ensure_ascii=False, default=str) + "\n")
