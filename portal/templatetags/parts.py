"""Small parts of pages: icons, status chips, times and durations, copy buttons."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from zlib import crc32

from django import template
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

from portal import status_badges
from provisioner.blueprints import Blueprint
from provisioner.models import AuditEntry, Environment, Run
from provisioner.run_status import RunStatus

register = template.Library()


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """A lucide icon, hidden from screen readers: the text next to it says the same."""
    return _icon(str(name), str(css_class))


@lru_cache(maxsize=512)
def _icon(name: str, css_class: str) -> SafeString:
    svg = lucide(name, size=16, **{"class": f"icon {css_class}".strip(), "aria-hidden": "true"})
    return mark_safe(svg.replace("\n  ", "").replace("\n", ""))  # noqa: S308  icon and class names are ours


@register.simple_tag
def blueprint_icon(blueprint: Blueprint) -> SafeString:
    """The icon that a blueprint names, or a general one if there is no icon of that name."""
    try:
        return _icon(blueprint.icon, "")
    except IconDoesNotExist:
        return _icon("package", "")


@register.simple_tag
def chip(badge: status_badges.StatusBadge, word: str | Promise, css_class: str = "") -> SafeString:
    """A status chip: tone, icon and word."""
    return format_html(
        '<span class="{}" data-tone="{}" title="{}">{}{}</span>',
        f"chip {css_class}".strip(),
        badge.tone,
        badge.meaning,
        _icon(badge.icon, "spin" if badge.spins else ""),
        word,
    )


@register.simple_tag
def run_chip(run: Run, css_class: str = "") -> SafeString:
    """The chip of a run's status, or "Stopping" after a stop request."""
    if run.cancel_asked_at and not run.is_final:
        return chip(status_badges.STOPPING, _("Stopping"), css_class)
    return chip(status_badges.RUN_BADGES[run.status], RunStatus(run.status).label, css_class)


@register.simple_tag
def environment_chip(environment: Environment, css_class: str = "") -> SafeString:
    """The chip of an environment's status, or "Lost" if its simulated account was reset."""
    if environment.lost_at:
        return chip(status_badges.LOST, _("Lost"), css_class)
    return chip(
        status_badges.ENVIRONMENT_BADGES[environment.status], environment.get_status_display(), css_class
    )


@register.simple_tag
def result_tag(entry: AuditEntry) -> SafeString:
    """The result of an audited action, as a small tag."""
    badge = status_badges.RESULT_BADGES[entry.result]
    word = AuditEntry.Result(entry.result).label
    return format_html(
        '<span class="tag" data-tone="{}">{}{}</span>', badge.tone, _icon(badge.icon, ""), word
    )


@register.simple_tag
def environment_meaning(environment: Environment) -> str:
    """What the environment's status means, in a sentence."""
    if environment.lost_at:
        return str(status_badges.LOST.meaning)
    return str(status_badges.ENVIRONMENT_BADGES[environment.status].meaning)


# What a plan counts: key, sign, sentence, tone.
_COUNTS = (
    ("add", "+", ngettext_lazy("%(count)s to add", "%(count)s to add", "count"), "ok"),
    ("change", "~", ngettext_lazy("%(count)s to change", "%(count)s to change", "count"), "busy"),
    ("replace", "±", ngettext_lazy("%(count)s to replace", "%(count)s to replace", "count"), "wait"),
    ("destroy", "-", ngettext_lazy("%(count)s to destroy", "%(count)s to destroy", "count"), "bad"),
)


@register.simple_tag
def plan_counts(run: Run) -> SafeString:
    """The counts of a plan: `+42 ~1 -3`. The tooltip of each says what it counts."""
    counts = [(tone, sentence, sign, run.plan_summary.get(key)) for key, sign, sentence, tone in _COUNTS]
    shown = [
        (tone, sentence % {"count": count}, f"{sign}{count}")
        for tone, sentence, sign, count in counts
        if count
    ]
    if not shown:
        return format_html('<span class="faint">{}</span>', _("none") if run.plan_summary else "-")
    inner = format_html_join(" ", '<span data-tone="{}" title="{}">{}</span>', shown)
    return format_html('<span class="deltas">{}</span>', inner)


@register.filter
def managed_count(resources: list[Mapping[str, object]]) -> int:
    """The number of resources in a state, without data sources."""
    return sum(resource.get("mode", "managed") == "managed" for resource in resources)


@register.filter
def web_address(value: str) -> str:
    """The address if it is HTTP or HTTPS, else an empty text: an output must never run a script."""
    return value if value.startswith(("http://", "https://")) else ""


@register.simple_tag
def kind_icon(run: Run) -> SafeString:
    """The icon of a run's status, for narrow places. The link around it has the status as its tooltip."""
    is_stopping = run.cancel_asked_at and not run.is_final
    badge = status_badges.STOPPING if is_stopping else status_badges.RUN_BADGES[run.status]
    return format_html(
        '<span class="tone-icon" data-tone="{}">{}</span>',
        badge.tone,
        _icon(badge.icon, "spin" if badge.spins else ""),
    )


@register.simple_tag
def disabled_button(title: str, reason: str, css_class: str = "") -> SafeString:
    """A button that cannot be used now. A click, a tap or Enter shows the reason next to it.

    The tooltip alone would be out of reach for a keyboard and on a touch screen.
    """
    identifier = f"why-{crc32(f'{title} {reason} {css_class}'.encode()):08x}"
    return format_html(
        '<span class="disabled"><button type="button" class="{}" aria-disabled="true" popovertarget="{}"'
        ' aria-describedby="{}" title="{}">{}</button><span class="reason" id="{}" popover>{}</span></span>',
        f"button {css_class}".strip(),
        identifier,
        identifier,
        reason,
        title,
        identifier,
        reason,
    )


@register.simple_tag
def copy_button(value: object, label: str = "") -> SafeString:
    """A button that copies the value."""
    return format_html(
        '<button type="button" class="copy-button only-js above" data-copy="{}" aria-label="{}" title="{}">'
        "{}{}</button>",
        value,
        label or _("Copy"),
        label or _("Copy"),
        _icon("copy", "todo"),
        _icon("check", "done"),
    )


@register.simple_tag
def ago(at: datetime | None) -> SafeString:
    """How long ago. The page's script keeps it up to date.

    The tooltip has the exact time: in UTC, and with scripts in the reader's time zone.
    """
    if at is None:
        return mark_safe('<span class="faint">-</span>')
    seconds = (timezone.now() - at).total_seconds()
    text = _("just now") if seconds < 5 else _("%(time)s ago") % {"time": in_words(seconds)}
    return _time(at, "data-ago", text)


@register.simple_tag
def exact(at: datetime | None) -> SafeString:
    """The exact time in UTC (`2026-01-31 14:03:07 UTC`); with scripts in the reader's time zone."""
    return _time(at, "data-exact", _utc(at)) if at else mark_safe('<span class="faint">-</span>')


@register.simple_tag
def age(since: datetime, until: datetime | None = None) -> SafeString:
    """How long something has existed, or existed until its end. The tooltip has the start."""
    return _time(since, "", in_words(((until or timezone.now()) - since).total_seconds()))


@register.simple_tag
def took(run: Run) -> SafeString:
    """The duration of a run from its request to its end; a running timer until then.

    The run page's script counts the same, from the events.
    """
    if run.finished_at:
        return format_html("<span>{}</span>", span((run.finished_at - run.queued_at).total_seconds()))
    return _time(run.queued_at, "data-since", span((timezone.now() - run.queued_at).total_seconds()))


@register.filter
def span(seconds: float | None) -> str:
    """A duration: `58 s`, `1 min 08 s`, `2 h 5 min`."""
    total = max(0, int(seconds or 0))
    hours, minutes, rest = total // 3600, total % 3600 // 60, total % 60
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": f"{rest:02}"}
    return _("%(seconds)s s") % {"seconds": rest}


def in_words(seconds: float) -> str:
    """A duration as one number and its unit: `12 s`, `4 min`, `3 h`, `9 d`."""
    total = max(0, int(seconds))
    if total < 60:
        return _("%(seconds)s s") % {"seconds": total}
    if total < 3600:
        return _("%(minutes)s min") % {"minutes": total // 60}
    if total < 86_400:
        return _("%(hours)s h") % {"hours": total // 3600}
    return _("%(days)s d") % {"days": total // 86_400}


@register.filter
def initials(name: str) -> str:
    """Two letters for a person's avatar."""
    parts = [part for part in str(name).replace(".", " ").replace("-", " ").split() if part]
    return "".join(part[0] for part in parts[:2]) if len(parts) > 1 else str(name)[:2]


def _time(at: datetime, mark: str, text: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}" {}>{}</time>', at.isoformat(), _utc(at), mark, text)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
