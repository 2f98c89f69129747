"""Write docs/configuration.md from the settings' own types, defaults and descriptions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand
from pydantic.fields import FieldInfo

from portal.configuration import ROOT, Configuration

PAGE = ROOT / "docs" / "configuration.md"
_INTRODUCTION = """\
# Configuration

Every setting is an environment variable. The portal checks all of them when it starts, and refuses a wrong
one with its name and its purpose. With none set, you get the embedded installation: SQLite and all data under
`var/`, an embedded Redis, and the simulated AWS account.

For Docker Compose, put the settings into `.env` ([`.env.example`](../.env.example) explains them). The types
are in [`portal/configuration.py`](../portal/configuration.py); `manage.py document_settings` writes this
page.

| Variable | Default | Meaning |
|---|---|---|
"""


class Command(BaseCommand):
    help = "Write docs/configuration.md from the settings."

    def handle(self, *args: Any, **options: Any) -> None:
        PAGE.write_text(page())


def page() -> str:
    """The page as it should be."""
    return _INTRODUCTION + "".join(_rows())


def _rows() -> Iterator[str]:
    for name, field in Configuration.model_fields.items():
        default = _shown(field)
        yield f"| `{name.upper()}` | {f'`{default}`' if default else 'empty'} | {field.description} |\n"


def _shown(field: FieldInfo) -> str:
    default: Any = field.get_default(call_default_factory=True)
    if isinstance(default, bool):
        return str(int(default))
    if isinstance(default, list):
        return ",".join(str(each) for each in default)
    if isinstance(default, Path):
        return str(default.relative_to(ROOT))
    return "" if default is None else str(default)
