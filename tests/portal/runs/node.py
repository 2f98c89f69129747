"""Node.js, for tests of the page's scripts."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
OLDEST = (20, 19)


def run(*arguments: str, given: str = "") -> str:
    """The output of `node`. Fails with a message if node is missing or too old for ES modules."""
    node = shutil.which("node")
    assert node, "The run page's scripts are tested with Node.js: install `nodejs` 20.19 or later."
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    found = tuple(int(part) for part in version.lstrip("v").split(".")[:2])
    assert found >= OLDEST, f"Node.js {version} is too old for these tests: 20.19 or later is needed."
    done = subprocess.run(
        [node, *arguments], input=given, capture_output=True, text=True, cwd=HERE, timeout=120, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
