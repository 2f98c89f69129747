"""The parts of an AWS request that decide whether a fault applies to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote
from wsgiref.types import WSGIEnvironment

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
    """`service` is the signing name ("" without a signature), `parameters` the scalar ones by AWS's names.

    `key` is the key of an S3 object, empty for other services.
    """

    service: str
    action: str
    key: str
    parameters: Mapping[str, str]


def parse(environ: WSGIEnvironment, body: bytes) -> Call:
    """The call that a request makes. For S3 the action comes from method and path."""
    service = aws_request.service_of(environ) or ""
    action, key = aws_request.action_of(environ, body) or "", ""
    if service == "s3":
        action, key = _s3_action(environ)
    return Call(service=service, action=action, key=key, parameters=_parameters(environ, body))


def _s3_action(environ: WSGIEnvironment) -> tuple[str, str]:
    method: str = environ["REQUEST_METHOD"]
    bucket, _, key = unquote(environ["PATH_INFO"]).lstrip("/").partition("/")
    if key:
        return f"{_VERBS.get(method, method)}Object", key
    if not bucket:
        return "ListBuckets", ""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    # A bucket setting is a query parameter without a value: ?versioning
    setting = next((name for name, values in query.items() if values == [""]), None)
    if setting:
        return f"{_VERBS.get(method, method)}Bucket{setting[:1].upper()}{setting[1:]}", ""
    return _BUCKET_ACTIONS.get(method, method), ""


def _parameters(environ: WSGIEnvironment, body: bytes) -> dict[str, str]:
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    if not environ.get("HTTP_X_AMZ_TARGET"):
        return {}
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return {name: value for name, value in content.items() if isinstance(value, str)}
