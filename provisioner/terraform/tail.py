"""Reads the lines of a growing file in blocks, from a byte offset. Holds at most one long line in memory."""

from pathlib import Path

LINE_LIMIT_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 18


class Tail:
    """Complete lines of a file that only grows, and that may not exist yet.

    Each line comes with the offset of the byte after it. A new Tail that starts there repeats and loses
    nothing. A line over 1 MiB is truncated, with a mark that says how many bytes are missing.
    """

    def __init__(self, path: Path, *, offset: int) -> None:
        self._path = path
        self._offset = offset
        self._buffer = bytearray()
        self._searched = 0
        self._dropped = 0

    def read(self, *, limit_lines: int = 2000) -> list[tuple[bytes, int]]:
        """The next complete lines, without their newline. Empty if there are none yet."""
        lines: list[tuple[bytes, int]] = []
        self._take_lines(lines, limit_lines)
        if len(lines) == limit_lines or not self._path.exists():
            return lines
        with self._path.open("rb") as file:
            file.seek(self._offset + self._dropped + len(self._buffer))
            while len(lines) < limit_lines and (block := file.read(_BLOCK_BYTES)):
                self._buffer += block
                self._take_lines(lines, limit_lines)
        return lines

    def has_grown(self) -> bool:
        """Whether the file has bytes that `read` has not read yet."""
        try:
            return self._path.stat().st_size > self._offset + self._dropped + len(self._buffer)
        except FileNotFoundError:
            return False

    def rest(self) -> tuple[bytes, int] | None:
        """The last line if it has no newline. Call it only after the writer has ended and `read` returns
        nothing.
        """
        if not self._buffer:
            return None
        return self._line(len(self._buffer), newline_bytes=0)

    def _take_lines(self, lines: list[tuple[bytes, int]], limit_lines: int) -> None:
        while len(lines) < limit_lines:
            end = self._buffer.find(b"\n", self._searched)
            if end < 0:
                self._searched = len(self._buffer)
                self._forget_excess()
                return
            lines.append(self._line(end, newline_bytes=1))

    def _line(self, end: int, *, newline_bytes: int) -> tuple[bytes, int]:
        excess = self._dropped + max(0, end - LINE_LIMIT_BYTES)
        line = bytes(self._buffer[: min(end, LINE_LIMIT_BYTES)])
        self._offset += self._dropped + end + newline_bytes
        del self._buffer[: end + newline_bytes]
        self._searched = self._dropped = 0
        return (
            line + f" ... [truncated: {excess} bytes left out]".encode() if excess else line
        ), self._offset

    def _forget_excess(self) -> None:
        excess = len(self._buffer) - LINE_LIMIT_BYTES
        if excess > 0:
            # Keep the start of the line, and count the rest.
            del self._buffer[LINE_LIMIT_BYTES:]
            self._dropped += excess
            self._searched = len(self._buffer)
