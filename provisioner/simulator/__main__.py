"""`python -m provisioner.simulator --port 5000 --data DIR`: the simulated AWS account, until SIGTERM."""

import argparse
import fcntl
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TextIO

# moto reads its settings when it is imported: an account without the policies AWS brings is of little use.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from provisioner.simulator import account, application, http_server
from provisioner.simulator.gate import Gate
from provisioner.simulator.patches import every

log = logging.getLogger("provisioner.simulator")


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT. Returns 0, or 3 when another simulator has the same data folder."""
    options = _parse(arguments)
    logging.basicConfig(level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    options.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = _take(options.data)
    if lock is None:
        log.error("another simulated account has %s open", options.data)
        return 3
    with lock:
        _serve(options)
    return 0


def _serve(options: argparse.Namespace) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    every.apply()
    identity = account.open_account(options.data)
    gate = Gate()
    keeper = account.Keeper(
        identity=identity, directory=options.data, gate=gate, snapshot_seconds=options.snapshot_seconds
    )
    server = http_server.Server(options.host, options.port, application.Application(keeper=keeper, gate=gate))
    keeper.start()
    threading.Thread(target=server.serve_forever, args=(0.1,), name="listener", daemon=True).start()
    sys.stdout.write(_greeting(options.host, server.server_port, identity) + "\n")
    sys.stdout.flush()
    stop.wait()
    server.shutdown()
    gate.end()
    keeper.close()


def _greeting(host: str, port: int, identity: account.Identity) -> str:
    past = f"restored from {identity.restored_from}" if identity.restored else "begun anew"
    aside = f", {identity.set_aside} could not be read" if identity.set_aside else ""
    return f"simulated AWS account on http://{host}:{port}, {past}{aside}"


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m provisioner.simulator", description="A simulated AWS account."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=5000, help="port, 0 for any free one (default: %(default)s)"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder in which the account is kept")
    parser.add_argument(
        "--snapshot-seconds",
        type=float,
        default=2.0,
        help="longest time between a change and its snapshot (default: %(default)s)",
    )
    parser.add_argument("--log-level", default="warning", choices=("debug", "info", "warning", "error"))
    return parser.parse_args(arguments)


def _take(directory: Path) -> TextIO | None:
    """The folder's lock, which the kernel releases however this process ends; None if another one has it."""
    file = (directory / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
