"""Finds Terraform or OpenTofu, and rejects a version that is too old."""

import functools
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from provisioner.sentences import Sentence, SentenceError, sentence

# Both support a lock file in S3 (`use_lockfile`) from 1.10 on.
OLDEST = (1, 10)
_NAMES = ("terraform", "tofu")
_HOW_TO_INSTALL = sentence(
    "Install Terraform 1.10 or later (https://developer.hashicorp.com/terraform/install) or OpenTofu 1.10 or "
    "later (https://opentofu.org/docs/intro/install), or set TERRAFORM_BINARY to the program's path."
)


class TerraformMissing(SentenceError):
    """There is no usable Terraform. The message says why, and how to install one."""


def find(*, configured: str | None) -> Path:
    """The absolute path of the configured program, or else of `terraform` or `tofu` on the PATH.

    Raises TerraformMissing.
    """
    for name in (configured,) if configured else _NAMES:
        if found := shutil.which(name):
            return Path(found).absolute()
    raise TerraformMissing(_not_found(configured), _HOW_TO_INSTALL)


def _not_found(configured: str | None) -> Sentence:
    if configured:
        return sentence("'%(program)s' from the settings is not an executable program.", program=configured)
    return sentence("Neither terraform nor tofu is on the PATH of this process.")


def version(binary: Path) -> str:
    """The version, like "1.11.4". Cached until the file changes. Raises TerraformMissing."""
    try:
        modified = binary.stat().st_mtime_ns
    except OSError as error:
        raise TerraformMissing(
            sentence("%(path)s cannot be run: %(error)s.", path=str(binary), error=error.strerror or ""),
            _HOW_TO_INSTALL,
        ) from error
    return _version(binary, modified)


@functools.lru_cache(maxsize=8)
def _version(binary: Path, modified: int) -> str:
    environment = {"PATH": os.defpath, "HOME": "/", "CHECKPOINT_DISABLE": "1"}
    try:
        answer = subprocess.run(
            [binary, "version", "-json"],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=True,
        )
        found = str(json.loads(answer.stdout)["terraform_version"])
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError) as error:
        raise TerraformMissing(
            sentence(
                "The version of %(path)s cannot be read (%(error)s).", path=str(binary), error=str(error)
            ),
            _HOW_TO_INSTALL,
        ) from error
    numbers = re.match(r"(\d+)\.(\d+)", found)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST:
        raise TerraformMissing(
            sentence(
                "%(path)s is version %(version)s, which is too old.", path=str(binary), version=found[:40]
            ),
            _HOW_TO_INSTALL,
        )
    return found
