"""The command: which blueprints, sizes and inputs; then one table, and 1 if any cell of it is wrong."""

import argparse
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from provisioner import blueprints
from provisioner.blueprints import Blueprint
from tests.terraform_modules.matrix.life import Cell, Life

FOLDER = Path(__file__).parents[3] / "terraform_modules"
COLUMNS = ("size", "step", "what", "s", "plan after", "effect")


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    offered = blueprints.load([FOLDER]).blueprints
    wanted = options.blueprint or sorted(offered, reverse=True)
    started_at, failed = time.monotonic(), 0
    for slug in wanted:
        cells = _matrix(offered[slug], options)
        _print_table(slug, cells)
        failed += sum(bool(cell.trouble) for cell in cells)
    print(f"\n{failed} of the cells are wrong; {time.monotonic() - started_at:.0f} s")  # noqa: T201
    return 1 if failed else 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.terraform_modules.matrix", description=__doc__)
    parser.add_argument("--blueprint", action="append", help="only this one (may be repeated)")
    parser.add_argument("--preset", action="append", default=[], help="only this size (may be repeated)")
    parser.add_argument("--knob", action="append", default=[], help="only this input (may be repeated)")
    parser.add_argument("--jobs", type=int, default=2, help="sizes at once, 1 GiB each (default 2)")
    return parser.parse_args(arguments)


def _matrix(blueprint: Blueprint, options: argparse.Namespace) -> list[Cell]:
    sizes = [size.slug for size in blueprint.sizes if not options.preset or size.slug in options.preset]
    cells: list[Cell] = []
    one_at_a_time = threading.Lock()

    def tell(cell: Cell) -> None:
        with one_at_a_time:
            cells.append(cell)
            verdict = f"WRONG: {cell.trouble}" if cell.trouble else "ok"
            print(f"{cell.size} {cell.step}: {cell.what} {cell.seconds:.0f} s {verdict}", file=sys.stderr)  # noqa: T201

    def live(size: str) -> None:
        started_at = time.monotonic()
        try:
            Life(blueprint=blueprint, size=size, knobs=options.knob, tell=tell).live()
        except Exception as reason:
            # One size that cannot be tried must not hide what became of the others.
            trouble, seconds = f"{type(reason).__name__}: {reason}", time.monotonic() - started_at
            tell(Cell(size=size, step="(broken off)", what="", seconds=seconds, trouble=trouble))

    # The largest first: it takes longest.
    with ThreadPoolExecutor(max_workers=options.jobs) as lanes:
        list(lanes.map(live, reversed(sizes)))
    return sorted(cells, key=lambda cell: sizes.index(cell.size))


def _print_table(slug: str, cells: list[Cell]) -> None:
    rows = [
        (cell.size, cell.step, cell.what, f"{cell.seconds:.0f}", cell.after, cell.effect) for cell in cells
    ]
    widths = [max(len(row[at]) for row in (COLUMNS, *rows)) for at in range(len(COLUMNS))]
    print(f"\n{slug} on the simulated account")  # noqa: T201
    for row, trouble in ((COLUMNS, ""), *zip(rows, (cell.trouble for cell in cells), strict=True)):
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        print(f"{line}  {f'WRONG: {trouble}' if trouble else ''}".rstrip())  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
