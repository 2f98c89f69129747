"""Replaces Terraform in benchmarks/stream.py: lines of its -json stream, each with its time.

It starts when a file `go` exists in the working directory.

    python stream_source.py <lines> <lines per second; 0: as fast as possible>
"""

import os
import sys
import time
from pathlib import Path

AT_ONCE = 1000  # lines in one write of a burst


def main() -> None:
    lines, rate = int(sys.argv[1]), float(sys.argv[2])
    while not Path("go").exists():
        time.sleep(0.01)
    start = time.time()
    step = 1 if rate else AT_ONCE
    for first in range(1, lines + 1, step):
        if rate:
            time.sleep(max(0.0, start + first / rate - time.time()))
        block = range(first, min(first + step, lines + 1))
        os.write(1, "".join(map(_line, block)).encode())


def _line(number: int) -> str:
    now = time.time()
    timestamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1e6):06d}Z"
    address = f"module.shop.terraform_data.box[{number % 50}]"
    return (
        f'{{"@level":"info","@message":"{address}: Still creating... line {number} {now:.6f}",'
        f'"@module":"terraform.ui","@timestamp":"{timestamp}","type":"apply_progress",'
        f'"hook":{{"resource":{{"addr":"{address}","resource_type":"terraform_data"}},'
        '"action":"create","elapsed_seconds":10}}\n'
    )


main()
