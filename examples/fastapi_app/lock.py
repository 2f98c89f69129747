"""Lock the application's packages: exact versions, and the hashes of the wheels that it can meet.

    python examples/fastapi_app/lock.py          # needs uv

All hashes of all platforms would not fit into an instance's user data (16 KiB). Kept are the wheels for Linux
on x86_64 and arm64 (instances, images) and for macOS on arm64 (laptops), for Python 3.11 to 3.14.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
WANTED = re.compile(
    r"-(py2\.)?py3-none-any\.whl"
    r"|-cp31[1-4]-cp31[1-4]-(manylinux\S*_(x86_64|aarch64)|macosx_\d+_\d+_arm64)\.whl"
)
ELSEWHERE = re.compile(r"== '(win32|emscripten)'")


def main() -> None:
    lock("requirements.in", "app/requirements.txt")
    lock("requirements-test.in", "requirements-test.txt")


def lock(wanted: str, target: str) -> None:
    uv = shutil.which("uv", path=sysconfig.get_path("scripts")) or "uv"
    options = ["--quiet", "--universal", "--python-version", "3.11", "--format", "pylock.toml"]
    found = subprocess.run(
        [uv, "pip", "compile", *options, HERE / wanted], check=True, capture_output=True, text=True
    )
    packages = [line for line in map(requirement, tomllib.loads(found.stdout)["packages"]) if line]
    (HERE / target).write_text("\n".join(packages) + "\n")


def requirement(package: dict) -> str:
    """One line of a requirements file; empty for what only Windows or a browser needs."""
    marker = package.get("marker", "")
    if ELSEWHERE.search(marker):
        return ""
    wheels = [wheel for wheel in package["wheels"] if WANTED.search(wheel["url"])]
    hashes = "".join(f" --hash=sha256:{wheel['hashes']['sha256']}" for wheel in wheels)
    if not hashes:
        sys.exit(f"no wheel of {package['name']} is wanted")
    condition = f" ; {marker}" if marker else ""
    return f"{package['name']}=={package['version']}{condition}{hashes}"


if __name__ == "__main__":
    main()
