"""`python -m simulator --port 5000 --data DIR`: serve the simulated AWS account until SIGTERM."""

import argparse
import fcntl
import gc
import logging
import os
import sys
from pathlib import Path
from typing import TextIO

log = logging.getLogger("simulator")

EXIT_FOLDER_IN_USE = 3


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT. Returns 0, or 3 when another simulator uses the same data folder."""
    options = _parse(arguments)
    logging.basicConfig(level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s")
    options.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = _lock_folder(options.data)
    if lock is None:
        log.error(
            "cannot start: another simulator uses the data folder %s; stop it or choose another --data",
            options.data,
        )
        return EXIT_FOLDER_IN_USE
    with lock:
        _serve(options)
    return 0


def _serve(options: argparse.Namespace) -> None:
    # moto reads its settings when it is imported. Without AWS's managed policies no role is complete.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    # What is loaded at start never becomes garbage. Without collections the start takes a third less time.
    gc.disable()
    from simulator import serving

    serving.serve(
        host=options.host,
        port=options.port,
        directory=options.data,
        snapshot_seconds=options.snapshot_seconds,
        latency=options.latency,
    )


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="Serve a simulated AWS account.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=5000, help="port to listen on, 0 for any free port (default: %(default)s)"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder for the account's snapshots")
    parser.add_argument(
        "--snapshot-seconds",
        type=float,
        default=0,
        help="0: save every change before answering; more: save S3 changes before answering, all other "
        "changes within this many seconds (default: %(default)s)",
    )
    parser.add_argument(
        "--latency",
        type=_scale,
        metavar="SCALE",
        help="how long resources take, as a multiple of AWS's times: 0 no time, 0.1 a tenth "
        "(default: the last value, 0 for a new account)",
    )
    parser.add_argument("--log-level", default="warning", choices=("debug", "info", "warning", "error"))
    return parser.parse_args(arguments)


def _scale(text: str) -> float | None:
    if not text:
        return None
    scale = float(text)
    if not 0 <= scale <= 10:
        raise argparse.ArgumentTypeError("must be a number from 0 to 10")
    return scale


def _lock_folder(directory: Path) -> TextIO | None:
    """The folder's lock file, or None if another process holds it. The kernel releases it at any exit."""
    file = (directory / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
