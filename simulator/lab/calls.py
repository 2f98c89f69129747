"""A request to AWS, read far enough to decide whether a fault is meant for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from simulator import aws_request

_VERBS = {"GET": "Get", "HEAD": "Head", "PUT": "Put", "POST": "Post", "DELETE": "Delete"}
_BUCKET_ACTIONS = {
    "GET": "ListObjects",
    "HEAD": "HeadBucket",
    "PUT": "CreateBucket",
    "DELETE": "DeleteBucket",
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """`service` is the signing name ("" without a signature), `parameters` the flat ones by their AWS names.

    `key` is the S3 object's, empty for all else.
    """

    service: str
    action: str
    key: str
    parameters: Mapping[str, str]


def read(environ: Mapping[str, Any], body: bytes) -> Call:
    """The call that a request is. For S3 the action is told from method and path."""
    environment = dict(environ)
    service = aws_request.service_of(environment) or ""
    action, key = aws_request.action_of(environment, body) or "", ""
    if service == "s3":
        action, key = _of_s3(environment)
    return Call(service=service, action=action, key=key, parameters=_parameters(environment, body))


def _of_s3(environ: dict[str, Any]) -> tuple[str, str]:
    method = environ["REQUEST_METHOD"]
    bucket, _, key = unquote(environ["PATH_INFO"]).lstrip("/").partition("/")
    if key:
        return f"{_VERBS.get(method, method)}Object", key
    if not bucket:
        return "ListBuckets", ""
    asked = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    # A bucket's settings are asked for by a name without a value: ?versioning
    setting = next((name for name, values in asked.items() if values == [""]), None)
    if setting:
        return f"{_VERBS.get(method, method)}Bucket{setting[:1].upper()}{setting[1:]}", ""
    return _BUCKET_ACTIONS.get(method, method), ""


def _parameters(environ: dict[str, Any], body: bytes) -> dict[str, str]:
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    if not environ.get("HTTP_X_AMZ_TARGET"):
        return {}
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return {name: value for name, value in content.items() if isinstance(value, str)}
