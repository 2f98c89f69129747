"""What every page shows around its own content. Makes no database query."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import javascript_catalog
from portal.checks import LOOPBACK
from provisioner import permissions

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Link:
    """One entry of the navigation: URL name, title, and the first path segments of the pages in it."""

    url_name: str
    title: "StrOrPromise"
    icon: str
    paths: tuple[str, ...]


LINKS = (
    Link("environments", gettext_lazy("Environments"), "boxes", ("environments",)),
    Link("catalogue", gettext_lazy("Catalog"), "layout-grid", ("catalogue", "order")),
    Link("runs", gettext_lazy("Runs"), "activity", ("runs",)),
)
AUDIT_TRAIL = Link("audit", gettext_lazy("Audit trail"), "scroll-text", ("audit",))


def page(request: HttpRequest) -> dict[str, object]:
    """The navigation, the entry that this page belongs to, and the configured cloud accounts."""
    return {
        "page_nav": lambda: _links(request),
        "page_place": _place(request),
        "page_accounts": _accounts(),
        "page_javascript_catalog": javascript_catalog.address,
        # The server's clock in ms: the scripts count every time on the page by it.
        "page_now": str(round(timezone.now().timestamp() * 1000)),
    }


def _links(request: HttpRequest) -> list[Link]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    return [*LINKS, AUDIT_TRAIL] if permissions.may_read_audit_trail(user) else list(LINKS)


def _place(request: HttpRequest) -> str:
    first = request.path.strip("/").split("/")[0] or "environments"
    return next((link.url_name for link in (*LINKS, AUDIT_TRAIL) if first in link.paths), "")


def _accounts() -> dict[str, object]:
    configured = settings.CLOUD_ACCOUNTS
    if not configured:
        return _account(_("Simulated AWS"), is_simulated=True)
    if len(configured) == 1:
        return _account(configured[0]["title"], is_simulated=configured[0].get("kind") == "simulated")
    return _account(_("%(count)s accounts") % {"count": len(configured)}, is_simulated=False)


def _account(title: str, *, is_simulated: bool) -> dict[str, object]:
    return {"title": title, "is_simulated": is_simulated, "lab": _lab()}


def _lab() -> str:
    """The address of the simulated account's lab; empty if a browser could not reach it.

    The lab answers on loopback only. So the link is shown only if the portal, too, is used on loopback.
    """
    hosts = {urlsplit(url).hostname for url in (settings.LAB_URL, settings.PORTAL_URL)}
    return f"{settings.LAB_URL.rstrip('/')}/_lab/" if hosts <= LOOPBACK else ""
