"""What every page shows around its own content. Asks the database nothing."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from portal.checks import LOOPBACK
from provisioner import permissions


@dataclass(frozen=True)
class Link:
    """One entry of the navigation: the URL's name, the word, and the first parts of its pages' paths."""

    url_name: str
    title: str
    icon: str
    paths: tuple[str, ...]


LINKS = (
    Link("environments", "Environments", "boxes", ("environments",)),
    Link("catalogue", "Catalogue", "layout-grid", ("catalogue", "order")),
    Link("runs", "Runs", "activity", ("runs",)),
)
AUDIT_TRAIL = Link("audit", "Audit trail", "scroll-text", ("audit",))


def page(request: HttpRequest) -> dict[str, Any]:
    """Navigation, the part of it that this page belongs to, and where environments are built."""
    return {"page_nav": lambda: _links(request), "page_place": _place(request), "page_accounts": _accounts()}


def _links(request: HttpRequest) -> list[Link]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    return [*LINKS, AUDIT_TRAIL] if permissions.may_read_audit_trail(user) else list(LINKS)


def _place(request: HttpRequest) -> str:
    first = request.path.strip("/").split("/")[0] or "environments"
    return next((link.url_name for link in (*LINKS, AUDIT_TRAIL) if first in link.paths), "")


def _accounts() -> dict[str, Any]:
    configured = settings.CLOUD_ACCOUNTS
    if not configured:
        return _account("Simulated AWS", is_simulated=True)
    if len(configured) == 1:
        return _account(configured[0]["title"], is_simulated=configured[0].get("kind") == "simulated")
    return _account(f"{len(configured)} accounts", is_simulated=False)


def _account(title: str, *, is_simulated: bool) -> dict[str, Any]:
    return {"title": title, "is_simulated": is_simulated, "lab": _lab()}


def _lab() -> str:
    """The page of the simulated account; empty where a browser could not reach it.

    It answers on its own machine only, so it is shown where the portal, too, is used on that machine.
    """
    hosts = {urlsplit(url).hostname for url in (settings.LAB_URL, settings.PORTAL_URL)}
    return f"{settings.LAB_URL.rstrip('/')}/_lab/" if hosts <= LOOPBACK else ""
