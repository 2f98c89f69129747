"""`python -m simulator --port 5000 --data DIR`: the simulated AWS account, until SIGTERM."""

import argparse
import fcntl
import gc
import logging
import os
import sys
from pathlib import Path
from typing import TextIO

log = logging.getLogger("simulator")


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
    # moto reads its settings when it is imported. Without the policies that AWS brings no role is complete.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    # Nothing that is loaded at start ever becomes garbage; not to look for it saves a third of the time.
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
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A simulated AWS account.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=5000, help="port, 0 for any free one (default: %(default)s)"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder in which the account is kept")
    parser.add_argument(
        "--snapshot-seconds",
        type=float,
        default=0,
        help="0: what is answered is on disk; more: only for S3, the rest follows within so many seconds "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--latency",
        type=_scale,
        metavar="SCALE",
        help="how long resources take, as a part of AWS's own times: 0 at once, 0.1 a tenth "
        "(empty: what was set last, at first 0)",
    )
    parser.add_argument("--log-level", default="warning", choices=("debug", "info", "warning", "error"))
    return parser.parse_args(arguments)


def _scale(text: str) -> float | None:
    if not text:
        return None
    scale = float(text)
    if not 0 <= scale <= 10:
        raise argparse.ArgumentTypeError("a number from 0 to 10")
    return scale


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
