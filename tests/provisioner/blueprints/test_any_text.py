from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner import blueprints
from tests.provisioner.blueprints.small import BLUEPRINT, MAIN, VARIABLES

Mutation = Callable[[str], str]
PIECES = [
    '"',
    "[",
    "]",
    "{",
    "}",
    "=",
    "\n",
    "[[sizes]]\n",
    "<<E\n",
    "${",
    "#",
    "1",
    "true",
    "variable",
    ".",
    "\0",
    "é",
]


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """The text with one to three pieces cut out, put in, or swapped."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 40))
        text = text[:start] + draw(st.sampled_from(PIECES) | st.text(max_size=5)) + text[start + length :]
    return text


def load(toml: str, terraform: str) -> blueprints.Catalogue:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any"
        path.mkdir()
        (path / "blueprint.toml").write_bytes(toml.encode("utf-8", "surrogatepass"))
        (path / "main.tf").write_bytes(terraform.encode("utf-8", "surrogatepass"))
        return blueprints.load([Path(folder)])


def is_reported(catalogue: blueprints.Catalogue) -> bool:
    """Either the blueprint is offered, or every mistake names a file and says something."""
    return bool(catalogue.blueprints) != bool(catalogue.mistakes) and all(
        mistake.file and mistake.message and (mistake.line is None or mistake.line > 0)
        for mistake in catalogue.mistakes
    )


class TestLoading:
    @settings(deadline=None, max_examples=50)
    @given(mutated(BLUEPRINT))
    def test_never_fails_on_a_broken_blueprint_toml(self, toml: str) -> None:
        assert is_reported(
            load(toml, 'variable "zones" {\n  type = number\n}\noutput "url" {\n  value = 1\n}\n')
        )

    @settings(deadline=None, max_examples=25)
    @given(mutated(VARIABLES + MAIN))
    def test_never_fails_on_broken_terraform(self, terraform: str) -> None:
        assert is_reported(load('title = "T"\n', terraform))

    @settings(deadline=None, max_examples=25)
    @given(st.text(), st.text())
    def test_never_fails_on_rubbish(self, toml: str, terraform: str) -> None:
        assert is_reported(load(toml, terraform))
