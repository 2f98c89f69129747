"""The simulated account, seen from outside: is it still the same one?"""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

from provisioner.cloud.account import default_bucket_name

__all__ = ["default_bucket_name", "generation"]

_LIMIT_SECONDS = 2


def generation(endpoint_url: str) -> str | None:
    """An id of the simulated account's current data; it changes when the account loses all resources.

    None if the account cannot be reached, or is not a simulated account.
    """
    parts = urlsplit(endpoint_url)
    if parts.scheme != "http" or not parts.hostname:
        return None
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=_LIMIT_SECONDS)
    try:
        connection.request("GET", "/_lab/account")
        response = connection.getresponse()
        found = json.loads(response.read(65_536)) if response.status == 200 else {}
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    identifier = found.get("generation") if isinstance(found, dict) else None
    return str(identifier) if identifier else None
