"""What a request to AWS is, by its headers and form: which service, which action, does it change anything."""

import re
from typing import Any
from urllib.parse import parse_qs

READING = re.compile(r"^(Describe|List|Get|Head|BatchGet|Lookup|Search|Select|Simulate|Validate|Estimate)")
# Names that read like questions, and are not.
CHANGING = frozenset({"GetFederationToken", "GetSessionToken", "GetAuthorizationToken"})

CREDENTIAL_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


def service_of(environ: dict[str, Any]) -> str | None:
    """The signing name ("ec2", "s3", ...), None for a request without a signature."""
    found = CREDENTIAL_SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        return found["service"].lower()
    presigned = re.search(
        r"X-Amz-Credential=[^&]*?(?:%2F|/)([^&/%]+)(?:%2F|/)aws4_request", environ.get("QUERY_STRING", "")
    )
    return presigned[1].lower() if presigned else None


def region_of(environ: dict[str, Any]) -> str:
    """The region that the request is signed for, "us-east-1" for one without a signature."""
    found = CREDENTIAL_SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    return found["region"] if found else "us-east-1"


def action_of(environ: dict[str, Any], body: bytes) -> str | None:
    """The action's name where the protocol carries one (query, EC2, JSON), None for the REST protocols."""
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = body.decode("utf-8", "replace")
    else:
        form = environ.get("QUERY_STRING", "")
    actions = parse_qs(form).get("Action")
    return actions[0] if actions else None


def changes_the_account(environ: dict[str, Any], body: bytes) -> bool:
    """Whether the request may change anything. In doubt it does: a needless snapshot costs only 0.1 s."""
    action = action_of(environ, body)
    if action is None and environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS"):
        return False
    return action is None or action in CHANGING or READING.match(action) is None


def stores_an_object(environ: dict[str, Any]) -> bool:
    """Whether the request writes or deletes in S3, where Terraform's state and its locks lie."""
    return service_of(environ) == "s3" and environ["REQUEST_METHOD"] in ("PUT", "POST", "DELETE")


def empties_the_account(environ: dict[str, Any]) -> bool:
    """moto's own way to forget everything at once."""
    return (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", "/moto-api/reset")
