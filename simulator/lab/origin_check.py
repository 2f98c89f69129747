"""Who may look into the laboratory and who may change it: this machine, and no web page of anybody else.

The account listens on this machine only, but a browser on this machine also shows pages from elsewhere. Such
a page can send a request here, or have its own name lead here (DNS rebinding). Both show in the headers.
"""

import ipaddress
from typing import Any
from urllib.parse import urlsplit


class Refused(Exception):
    """The request may come from a page of another site; the sentence says which header gave it away."""


def admit(environ: dict[str, Any]) -> None:
    """Raise Refused for a request that a page of another site may have sent."""
    host = environ.get("HTTP_HOST", "")
    if not _is_ours(host):
        raise Refused(f"The laboratory does not answer under the name {host}: use the address 127.0.0.1.")
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and urlsplit(origin).netloc != host:
        raise Refused(f"A page of {origin} may not change the laboratory.")
    if environ.get("HTTP_SEC_FETCH_SITE", "same-origin") not in ("same-origin", "none"):
        raise Refused("A page of another site may not change the laboratory.")
    # A form can send text without being asked first, JSON it cannot.
    if _has_body(environ) and environ.get("CONTENT_TYPE", "").partition(";")[0].strip() != "application/json":
        raise Refused("Send JSON, with the content type application/json.")


def _is_ours(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        # One word is a name of the local network (a container's, say): nobody on the internet has one.
        return bool(name) and "." not in name
    return True


def _has_body(environ: dict[str, Any]) -> bool:
    return environ["REQUEST_METHOD"] in ("POST", "PUT")
