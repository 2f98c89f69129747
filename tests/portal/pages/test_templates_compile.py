"""Every template compiles, also one that is rarely shown."""

from pathlib import Path

import pytest
from django.template import Engine, TemplateSyntaxError
from django.template.loader import get_template

from portal import configuration

FOLDER = configuration.ROOT / "portal" / "templates"
TEMPLATES = sorted(path.relative_to(FOLDER) for path in FOLDER.rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_it_compiles(template: Path) -> None:
    assert get_template(str(template))


def test_a_wrong_tag_is_found() -> None:
    with pytest.raises(TemplateSyntaxError, match="no_such_tag"):
        Engine().from_string("{% no_such_tag %}")
