"""AWS error responses in the protocol of the request. A client reports them instead of retrying 25 times."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from uuid import uuid4
from wsgiref.types import StartResponse, WSGIEnvironment
from xml.sax.saxutils import escape

EC2 = (
    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>{id}</RequestID></Response>"
)
S3 = "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{id}</RequestId></Error>"
QUERY = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>{id}</RequestId></ErrorResponse>"
)


class NoResponse(Exception):
    """The server must close the connection without a response."""


def respond(
    environ: WSGIEnvironment,
    start_response: StartResponse,
    *,
    service: str | None,
    code: str,
    message: str,
    status: int = 400,
) -> Iterable[bytes]:
    """A WSGI response with an AWS error: XML for EC2, S3, CloudFront and the query protocol, else JSON."""
    request_id = str(uuid4())
    template = _template(environ, service)
    if template is None:
        body = json.dumps({"__type": code, "message": message}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)]
    else:
        body = template.format(code=escape(code), message=escape(message), id=request_id).encode()
        headers = [("Content-Type", "text/xml")]
    headers += [("x-amzn-RequestId", request_id), ("Content-Length", str(len(body)))]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]


def _template(environ: WSGIEnvironment, service: str | None) -> str | None:
    if service == "ec2":
        return EC2
    if service in ("s3", "s3express"):
        return S3
    if service == "cloudfront" or _has_form(environ):
        return QUERY
    return None


def _has_form(environ: WSGIEnvironment) -> bool:
    return bool(environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"))
