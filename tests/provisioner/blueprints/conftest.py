from __future__ import annotations

from pathlib import Path

import pytest

from provisioner import blueprints
from tests.provisioner.blueprints.small import BLUEPRINT, MAIN, VARIABLES, Write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blueprints"


@pytest.fixture
def write(folder: Path) -> Write:
    """`write("small", {"main.tf": "..."})` writes a blueprint; blueprint.toml has a title unless given."""

    def write_files(slug: str, files: dict[str, str] | None = None) -> Path:
        for name, text in ({"blueprint.toml": 'title = "T"\n', "main.tf": ""} | (files or {})).items():
            path = folder / slug / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return folder / slug

    return write_files


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> blueprints.Blueprint:
    folder = tmp_path_factory.mktemp("blueprints")
    (folder / "small").mkdir()
    for name, text in {"blueprint.toml": BLUEPRINT, "variables.tf": VARIABLES, "main.tf": MAIN}.items():
        (folder / "small" / name).write_text(text)
    catalogue = blueprints.load([folder])
    assert [str(mistake) for mistake in catalogue.mistakes] == []
    return catalogue.blueprints["small"]
