"""The first boot's script as the blueprint renders it, by Terraform, without an account or a provider."""

from __future__ import annotations

import base64
import functools
import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

Terraform = Callable[..., "subprocess.CompletedProcess[str]"]

MODES = ("online", "offline")
# What the module learns from AWS or from its other files, as values.
KNOWN = {
    "data.aws_region.current.name": '"ap-northeast-2"',
    "var.environment_name": '"shop-dev"',
    "local.database_parameter": '"/environments/shop-dev-4ed6c4/database"',
    "aws_ssm_parameter.image.name": '"/environments/shop-dev-4ed6c4/image"',
    "aws_ecr_repository.app.name": '"app-shop-dev-4ed6c4"',
}
_PACKED = re.compile(r"(?<=\"\$unpack\"\n)\S+(?=\nFILES\n)")


def render(terraform: Terraform, module: Path, folder: Path) -> dict[str, str]:
    """The script with a NAT gateway ("online") and without ("offline"), by the module's own user_data.tf."""
    shutil.copytree(module, folder, ignore=shutil.ignore_patterns("*.tf", "*.hcl", ".terraform", "tests"))
    source = (module / "user_data.tf").read_text()
    for reference, value in KNOWN.items():
        assert source.count(reference) == 1, reference
        source = source.replace(reference, value)
    (folder / "user_data.tf").write_text(source)
    (folder / "outputs.tf").write_text('variable "nat" {}\noutput "script" { value = local.user_data }\n')
    scripts = {}
    for mode, nat in zip(MODES, ("single", "none"), strict=True):
        applied = terraform("apply", "-auto-approve", "-no-color", f"-var=nat={nat}", cwd=folder)
        assert applied.returncode == 0, applied.stderr
        scripts[mode] = json.loads(terraform("output", "-json", cwd=folder).stdout)["script"]["value"]
    return scripts


def files(script: str) -> dict[str, str]:
    """What the script lays out: path to text."""
    packed = _PACKED.search(script)
    assert packed
    found: dict[str, str] = json.loads(gzip.decompress(base64.b64decode(packed[0])))
    return found


def changed(script: str, replacements: dict[str, str]) -> str:
    """The same script with other words, in the files that it lays out too."""
    replace = functools.partial(_replaced, replacements=replacements)
    inside = {replace(name): replace(text) for name, text in files(script).items()}
    packed = base64.b64encode(gzip.compress(json.dumps(inside).encode())).decode()
    return replace(_PACKED.sub("PACKED", script)).replace("PACKED", packed)


def _replaced(text: str, *, replacements: dict[str, str]) -> str:
    for word, other in replacements.items():
        text = text.replace(word, other)
    return text
