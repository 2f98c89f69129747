"""Accepts requests to the lab from this machine, but not from web pages of other sites.

The account listens on this machine only. But a browser on this machine also shows pages of other sites. Such
a page can send a request here, or make its own host name resolve to this address (DNS rebinding). The
request's headers show both.
"""

import ipaddress
from urllib.parse import urlsplit
from wsgiref.types import WSGIEnvironment


class Forbidden(Exception):
    """The request may come from a page of another site. The message names the header that shows it."""


def check(environ: WSGIEnvironment) -> None:
    """Raise Forbidden for a request that a page of another site may have sent."""
    host = environ.get("HTTP_HOST", "")
    if not _is_local(host):
        raise Forbidden(f"The lab does not answer under the host name {host}. Use 127.0.0.1.")
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and urlsplit(origin).netloc != host:
        raise Forbidden(f"The Origin header is {origin}. Only the lab's own page may change the lab.")
    if environ.get("HTTP_SEC_FETCH_SITE", "same-origin") not in ("same-origin", "none"):
        raise Forbidden(
            "The Sec-Fetch-Site header names another site. Only the lab's own page may change the lab."
        )
    # A page can submit a form with text to another site, but not JSON: the browser asks for permission first.
    if _has_body(environ) and environ.get("CONTENT_TYPE", "").partition(";")[0].strip() != "application/json":
        raise Forbidden("The Content-Type header is not application/json. Send JSON.")


def _is_local(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        # A name without a dot is local, such as a container's name. No internet host has one.
        return bool(name) and "." not in name
    return True


def _has_body(environ: WSGIEnvironment) -> bool:
    return environ["REQUEST_METHOD"] in ("POST", "PUT")
