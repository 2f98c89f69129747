"""A copy of the project's code in which every text, of the blueprints too, is in the pseudo-locale."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from provisioner import blueprints
from provisioner.blueprints import Blueprint
from tests.support import pseudo_locale

CODE = ("portal", "provisioner", "simulator", "terraform_modules", "locale", "manage.py", "pyproject.toml")


# Blueprints for tests only, for BLUEPRINT_DIRS.
MORE = "more_blueprints"
# Longer units are words; the others are symbols.
_LONGEST_SYMBOL = 3


def make(folder: Path, *, more_blueprints: Mapping[str, Path]) -> Path:
    """Copy what git knows of the code, and the blueprints by their new slugs; translate all of it."""
    root = folder / "code"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *CODE],
        cwd=pseudo_locale.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (source := pseudo_locale.ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, root / name)
    for slug, source in more_blueprints.items():
        shutil.copytree(source, root / MORE / slug)
    folders = [root / "terraform_modules", root / MORE]
    catalog = blueprints.load(folders, trusted_folders=folders)
    assert catalog.mistakes == ()
    for blueprint in catalog.blueprints.values():
        path = blueprint.path / f"blueprint.{pseudo_locale.LANGUAGE}.toml"
        path.write_text("\n".join(_lines(blueprint)))
    pseudo_locale.build(folder / "locale")
    return root


def _lines(blueprint: Blueprint) -> Iterator[str]:
    yield from _texts(blueprint, "title", "summary", "description")
    for section in blueprint.sections:
        if not section.is_rest:
            yield "[[sections]]"
            yield from _texts(section, "title", "help")
    for name, question in blueprint.inputs.items():
        yield f"[inputs.{name}]"
        yield from _texts(question, "label", "help", "pattern_help", "effect_help", "placeholder")
        if len(question.unit) > _LONGEST_SYMBOL:
            yield from _texts(question, "unit")
        for choice in question.choices:
            yield f"[[inputs.{name}.choices]]"
            yield f"value = {json.dumps(choice.value)}"
            yield from _texts(choice, "label", "help")
    for size in blueprint.sizes:
        yield "[[sizes]]"
        yield f'slug = "{size.slug}"'
        yield from _texts(size, "title", "help")
    for output in blueprint.outputs:
        yield "[[outputs]]"
        yield f'name = "{output.name}"'
        yield from _texts(output, "label", "help")


def _texts(item: object, *names: str) -> Iterator[str]:
    for name in names:
        if text := getattr(item, name):
            yield f"{name} = {json.dumps(pseudo_locale.pseudo(text), ensure_ascii=False)}"
