"""Finds the Terraform (or OpenTofu) program, and refuses one that is too old."""

import functools
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

# Both have S3's lock file (`use_lockfile`) since 1.10.
OLDEST = (1, 10)
_NAMES = ("terraform", "tofu")
_HOW_TO_GET_IT = (
    "Install Terraform 1.10 or later (https://developer.hashicorp.com/terraform/install) or OpenTofu 1.10 or "
    "later (https://opentofu.org/docs/intro/install), or set TERRAFORM_BINARY."
)


class TerraformMissing(Exception):
    """There is no usable Terraform. The message says what is missing and how to get it."""


def find(*, configured: str | None) -> Path:
    """The program's absolute path: the configured name or path, else `terraform`, else `tofu` on the PATH.

    Raises TerraformMissing.
    """
    for name in (configured,) if configured else _NAMES:
        if found := shutil.which(name):
            return Path(found).absolute()
    looked_for = f"{configured!r}, as in the settings," if configured else "Neither terraform nor tofu"
    raise TerraformMissing(f"{looked_for} is on the PATH of this process. {_HOW_TO_GET_IT}")


def version(binary: Path) -> str:
    """For example "1.11.4".

    Cached until the file changes. Raises TerraformMissing if it is older than 1.10.
    """
    try:
        modified = binary.stat().st_mtime_ns
    except OSError as error:
        raise TerraformMissing(f"{binary} cannot be run: {error.strerror}. {_HOW_TO_GET_IT}") from error
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
        raise TerraformMissing(f"{binary} does not report its version ({error}). {_HOW_TO_GET_IT}") from error
    numbers = re.match(r"(\d+)\.(\d+)", found)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST:
        raise TerraformMissing(f"{binary} is version {found[:40]}, which is too old. {_HOW_TO_GET_IT}")
    return found
