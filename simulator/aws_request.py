"""Reads an AWS request: which service, which action, and whether it changes anything."""

import re
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

READ_ONLY = re.compile(r"^(Describe|List|Get|Head|BatchGet|Lookup|Search|Select|Simulate|Validate|Estimate)")
# These begin like read-only actions, but create something.
NOT_READ_ONLY = frozenset({"GetFederationToken", "GetSessionToken", "GetAuthorizationToken"})

CREDENTIAL_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


def service_of(environ: WSGIEnvironment) -> str | None:
    """The signing name ("ec2", "s3", ...), None for a request without a signature."""
    found = CREDENTIAL_SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        return found["service"].lower()
    presigned = re.search(
        r"X-Amz-Credential=[^&]*?(?:%2F|/)([^&/%]+)(?:%2F|/)aws4_request", environ.get("QUERY_STRING", "")
    )
    return presigned[1].lower() if presigned else None


def region_of(environ: WSGIEnvironment) -> str:
    """The region that the request is signed for, "us-east-1" for a request without a signature."""
    found = CREDENTIAL_SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return found["region"] if found else "us-east-1"


def action_of(environ: WSGIEnvironment, body: bytes) -> str | None:
    """The action's name if the protocol has one (query, EC2, JSON), None for the REST protocols."""
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = body.decode("utf-8", "replace")
    else:
        form = environ.get("QUERY_STRING", "")
    actions = parse_qs(form).get("Action")
    return actions[0] if actions else None


def changes_the_account(environ: WSGIEnvironment, body: bytes) -> bool:
    """Whether the request may change the account. True if unknown: a snapshot takes only 0.1 s."""
    action = action_of(environ, body)
    if action is None and environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS"):
        return False
    return action is None or action in NOT_READ_ONLY or READ_ONLY.match(action) is None


def stores_an_object(environ: WSGIEnvironment) -> bool:
    """Whether the request writes or deletes in S3, where Terraform keeps its state and its locks."""
    return service_of(environ) == "s3" and environ["REQUEST_METHOD"] in ("PUT", "POST", "DELETE")


def empties_the_account(environ: WSGIEnvironment) -> bool:
    """Whether the request is moto's own `/moto-api/reset`."""
    return (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", "/moto-api/reset")
