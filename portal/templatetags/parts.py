"""Small parts of pages: icons, status chips, times and durations, copy buttons."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

from portal import status_badges
from provisioner.blueprints import Blueprint
from provisioner.models import AuditEntry, Environment, Run
from provisioner.run_status import RunKind, RunStatus

register = template.Library()


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """A lucide icon, hidden from screen readers: a word stands beside it."""
    return _icon(str(name), str(css_class))


@lru_cache(maxsize=512)
def _icon(name: str, css_class: str) -> SafeString:
    svg = lucide(name, size=16, **{"class": f"icon {css_class}".strip(), "aria-hidden": "true"})
    return mark_safe(svg.replace("\n  ", "").replace("\n", ""))  # noqa: S308  icon and class names are ours


@register.simple_tag
def blueprint_icon(blueprint: Blueprint) -> SafeString:
    """The icon that a blueprint names, or one for those that name none that exists."""
    try:
        return _icon(blueprint.icon, "")
    except IconDoesNotExist:
        return _icon("package", "")


@register.simple_tag
def chip(look: status_badges.StatusBadge, word: str, css_class: str = "") -> SafeString:
    """A status chip: tone, icon and word."""
    return format_html(
        '<span class="{}" data-tone="{}" title="{}">{}{}</span>',
        f"chip {css_class}".strip(),
        look.tone,
        look.meaning,
        _icon(look.icon, "spin" if look.spins else ""),
        word,
    )


@register.simple_tag
def run_chip(run: Run, css_class: str = "") -> SafeString:
    """The chip of a run's status; one that is asked to stop says so."""
    if run.cancel_asked_at and not run.is_final:
        return chip(status_badges.STOPPING, "Stopping", css_class)
    return chip(status_badges.RUN_BADGES[run.status], RunStatus(run.status).label, css_class)


@register.simple_tag
def environment_chip(environment: Environment, css_class: str = "") -> SafeString:
    """The chip of an environment's status; a lost one says so."""
    if environment.lost_at:
        return chip(status_badges.LOST, "Lost", css_class)
    return chip(
        status_badges.ENVIRONMENT_BADGES[environment.status], environment.get_status_display(), css_class
    )


@register.simple_tag
def result_tag(entry: AuditEntry) -> SafeString:
    """How an act in the trail ended, as a small tag."""
    look = status_badges.RESULT_BADGES[entry.result]
    word = AuditEntry.Result(entry.result).label
    return format_html('<span class="tag" data-tone="{}">{}{}</span>', look.tone, _icon(look.icon, ""), word)


@register.simple_tag
def environment_meaning(environment: Environment) -> str:
    """What the environment's status means, in a sentence."""
    look = status_badges.LOST if environment.lost_at else status_badges.ENVIRONMENT_BADGES[environment.status]
    return look.meaning


# What a plan counts: key, sign, word, tone.
_DELTAS = (
    ("add", "+", "to add", "ok"),
    ("change", "~", "to change", "busy"),
    ("replace", "±", "to replace", "wait"),
    ("destroy", "-", "to destroy", "bad"),
)


@register.simple_tag
def plan_counts(run: Run) -> SafeString:
    """The plan in figures: `+42 ~1 -3`, each with its word on hover."""
    counts = [(sign, run.plan_summary.get(key), word, tone) for key, sign, word, tone in _DELTAS]
    shown = [(tone, f"{count} {word}", f"{sign}{count}") for sign, count, word, tone in counts if count]
    if not shown:
        return format_html('<span class="faint">{}</span>', "none" if run.plan_summary else "-")
    inner = format_html_join(" ", '<span data-tone="{}" title="{}">{}</span>', shown)
    return format_html('<span class="deltas">{}</span>', inner)


@register.filter
def managed_count(resources: list[dict[str, Any]]) -> int:
    """How many of a state's resources Terraform manages; data sources are read, not managed."""
    return sum(resource.get("mode", "managed") == "managed" for resource in resources)


@register.filter
def web_address(value: str) -> str:
    """The address, if a browser may be sent there; a blueprint's output is data, never a script."""
    return value if value.startswith(("http://", "https://")) else ""


@register.simple_tag
def kind_tag(run: Run) -> SafeString:
    """What kind of change a run is, as a small tag."""
    return format_html(
        '<span class="tag">{}{}</span>',
        _icon(status_badges.KIND_ICONS[run.kind], ""),
        RunKind(run.kind).label,
    )


@register.simple_tag
def kind_icon(run: Run) -> SafeString:
    """The icon of a run's outcome, for narrow places: the status word is its title."""
    look = (
        status_badges.STOPPING
        if run.cancel_asked_at and not run.is_final
        else status_badges.RUN_BADGES[run.status]
    )
    return format_html(
        '<span class="tone-icon" data-tone="{}">{}</span>',
        look.tone,
        _icon(look.icon, "spin" if look.spins else ""),
    )


@register.simple_tag
def copy_button(value: Any, label: str = "Copy") -> SafeString:
    """A button that copies the value."""
    return format_html(
        '<button type="button" class="copy-button only-js above" data-copy="{}" aria-label="{}" title="{}">'
        "{}{}</button>",
        value,
        label,
        label,
        _icon("copy", "todo"),
        _icon("check", "done"),
    )


@register.simple_tag
def ago(at: datetime | None) -> SafeString:
    """How long ago, in words that stay fresh; the exact time in UTC on hover."""
    if at is None:
        return mark_safe('<span class="faint">-</span>')
    seconds = (timezone.now() - at).total_seconds()
    return _time(at, "data-ago", "now" if seconds < 5 else f"{in_words(seconds)} ago")


@register.simple_tag
def exact(at: datetime | None) -> SafeString:
    """The exact time in UTC."""
    return _time(at, "", f"{at:%Y-%m-%d %H:%M:%S}") if at else mark_safe('<span class="faint">-</span>')


@register.simple_tag
def age(since: datetime, until: datetime | None = None) -> SafeString:
    """How long something has lasted, or lasted until its end."""
    return format_html("<span>{}</span>", in_words(((until or timezone.now()) - since).total_seconds()))


@register.simple_tag
def took(run: Run) -> SafeString:
    """How long a run took; a counting timer while it goes on."""
    begun = run.started_at or run.queued_at
    if run.finished_at:
        return format_html("<span>{}</span>", span((run.finished_at - begun).total_seconds()))
    if not run.started_at:
        return mark_safe('<span class="faint">-</span>')
    return _time(begun, "data-since", span((timezone.now() - begun).total_seconds()))


@register.filter
def span(seconds: float | None) -> str:
    """A duration: `58 s`, `1 m 08 s`, `2 h 5 m`."""
    whole = max(0, int(seconds or 0))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours} h {minutes} m"
    return f"{minutes} m {rest:02} s" if minutes else f"{rest} s"


def in_words(seconds: float) -> str:
    """One figure and its unit: `12 s`, `4 m`, `3 h`, `9 d`."""
    for limit, size, unit in ((60, 1, "s"), (3600, 60, "m"), (86_400, 3600, "h")):
        if seconds < limit:
            return f"{max(0, int(seconds // size))} {unit}"
    return f"{int(seconds // 86_400)} d"


@register.filter
def initials(name: str) -> str:
    """Two letters for a person's avatar."""
    parts = [part for part in str(name).replace(".", " ").replace("-", " ").split() if part]
    return "".join(part[0] for part in parts[:2]) if len(parts) > 1 else str(name)[:2]


def _time(at: datetime, mark: str, text: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{} UTC" {}>{}</time>',
        at.isoformat(),
        f"{at:%Y-%m-%d %H:%M:%S}",
        mark,
        text,
    )
