"""A small systemd for one test: starts what the unit files below a root folder say, and starts it again.

    python systemctl.py ROOT enable --now app.service

Understood is what the blueprint's units use. Not done is what only the kernel can: another user, namespaces.
Each service has a supervisor of its own: `ROOT/run/NAME.supervisor` holds its process, `ROOT/run/NAME.main`
the service's; what the service prints is in `ROOT/var/log/NAME.log`.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

LIMIT_SECONDS = 30
# Greater than any process: it never lives.
NOBODY = 2**22 + 1
Unit = dict[str, list[str]]


def main(root: Path, verb: str, *words: str) -> int:
    names = [word if "." in word else f"{word}.service" for word in words if not word.startswith("--")]
    if verb == "daemon-reload":
        return 0
    if verb == "supervise":
        return supervise(root, names[0])
    verbs = {"start": start, "stop": stop, "restart": restart, "is-active": is_active}
    known = {"enable": enable, "disable": disable}
    if verb in known:
        known[verb](root, names[0])
        verb = {"enable": "start", "disable": "stop"}[verb] if "--now" in words else "done"
    return 0 if verb == "done" else verbs[verb](root, names[0])


def read(root: Path, name: str) -> Unit:
    """The unit's settings with those of its drop-ins. Raises FileNotFoundError, like systemctl exits 1."""
    folders = [root / "etc/systemd/system", root / "usr/lib/systemd/system"]
    found = next((folder / name for folder in folders if (folder / name).exists()), None)
    if found is None:
        raise FileNotFoundError(f"Unit file {name} does not exist.")
    unit: Unit = defaultdict(list)
    for file in [found, *sorted(folders[0].glob(f"{name}.d/*.conf"))]:
        for line in file.read_text().splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                # An empty value forgets what came before.
                unit[key] = [*unit[key], value] if value else []
    return unit


def enable(root: Path, name: str) -> None:
    assert read(root, name)["WantedBy"], f"{name} cannot be enabled"
    (root / "run/enabled").mkdir(parents=True, exist_ok=True)
    (root / "run/enabled" / name).touch()


def disable(root: Path, name: str) -> None:
    (root / "run/enabled" / name).unlink(missing_ok=True)


def start(root: Path, name: str) -> int:
    unit = read(root, name)
    for other in _words(unit, "Conflicts"):
        stop(root, other)
    for other in _words(unit, "Requires"):
        if is_active(root, other) != 0:
            start(root, other)
    if name.endswith(".timer"):
        return start(root, name.replace(".timer", ".service")) if unit["OnActiveSec"] == ["0"] else 0
    if unit["Type"] == ["oneshot"]:
        return max(_run(root, name, command) for command in unit["ExecStart"])
    if is_active(root, name) != 0:
        _supervisor(root, name)
    main_process = str(_process(root, name, "main") or NOBODY)
    return max(
        (_run(root, name, command, MAINPID=main_process) for command in unit["ExecStartPost"]), default=0
    )


def stop(root: Path, name: str) -> int:
    supervisor = _process(root, name, "supervisor")
    if supervisor:
        with contextlib.suppress(ProcessLookupError):
            os.kill(supervisor, signal.SIGTERM)
        _wait(lambda: not (root / f"run/{name}.supervisor").exists())
    return 0


def restart(root: Path, name: str) -> int:
    stop(root, name)
    return start(root, name)


def is_active(root: Path, name: str) -> int:
    return 0 if _process(root, name, "main") else 3


def supervise(root: Path, name: str) -> int:
    """Run the service, and again when it ends, until SIGTERM."""
    unit = read(root, name)
    ending: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: ending.append(number))
    (root / f"run/{name}.supervisor").write_text(str(os.getpid()))
    while not ending:
        for command in unit["ExecStartPre"]:
            _run(root, name, command)
        with (root / f"var/log/{name}.log").open("ab") as log:
            service = subprocess.Popen(
                _command(root, name, unit["ExecStart"][-1]),
                cwd=unit["WorkingDirectory"][-1] if unit["WorkingDirectory"] else root,
                env=_environment(root, name),
                stdout=log,
                stderr=log,
            )
        (root / f"run/{name}.main").write_text(str(service.pid))
        while service.poll() is None and not ending:
            time.sleep(0.02)
        (root / f"run/{name}.main").unlink()
        service.terminate()
        service.wait(10)
        # In steps: a stop must not wait for it.
        again = time.monotonic() + float(unit["RestartSec"][-1] if unit["RestartSec"] else 0.1)
        while time.monotonic() < again and not ending:
            time.sleep(0.02)
        if unit["Restart"] != ["always"]:
            break
    for command in unit["ExecStop"]:
        _run(root, name, command)
    (root / f"run/{name}.supervisor").unlink()
    return 0


def _supervisor(root: Path, name: str) -> None:
    subprocess.Popen(
        [sys.executable, __file__, str(root), "supervise", name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _wait(lambda: is_active(root, name) == 0)


def _run(root: Path, name: str, command: str, **environment: str) -> int:
    with (root / f"var/log/{name}.log").open("ab") as log:
        done = subprocess.run(
            _command(root, name, command.removeprefix("-")),
            env=_environment(root, name) | environment,
            stdout=log,
            stderr=log,
        )
    return 0 if command.startswith("-") else done.returncode


def _command(root: Path, name: str, text: str) -> list[str]:
    environment = _environment(root, name)
    words = shlex.split(text)
    return [environment[word[2:-1]] if word.startswith("${") else word for word in words]


def _environment(root: Path, name: str) -> dict[str, str]:
    """What a service starts with: little, the files of its unit, and where this test's AWS account is."""
    found = {
        key: value for key, value in os.environ.items() if key == "PATH" or key.startswith(("AWS_", "TEST_"))
    }
    for file in read(root, name)["EnvironmentFile"]:
        lines = Path(file).read_text().splitlines()
        found.update(
            (name, value) for name, equals, value in (line.partition("=") for line in lines) if equals
        )
    return found


def _words(unit: Unit, key: str) -> list[str]:
    return [word for line in unit[key] for word in line.split()]


def _process(root: Path, name: str, role: str) -> int:
    try:
        return int((root / f"run/{name}.{role}").read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
    except FileNotFoundError as missing:
        sys.exit(str(missing))
