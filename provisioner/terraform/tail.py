"""Reads a growing file of lines in blocks, from a byte offset, holding one long line at most."""

from pathlib import Path

LINE_LIMIT_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 18


class Tail:
    """Complete lines of a file that may not exist yet and is only appended to.

    Every line comes with the offset of the byte after it: a new Tail that starts there repeats and loses
    nothing. A line over 1 MiB is cut, with a mark that says how much is missing.
    """

    def __init__(self, path: Path, *, offset: int) -> None:
        self._path = path
        self._offset = offset
        self._buffer = bytearray()
        self._searched = 0
        self._dropped = 0

    def read(self, *, limit_lines: int = 2000) -> list[tuple[bytes, int]]:
        """The next complete lines, without their newline; an empty list if there are no more for now."""
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
        """Whether the file has bytes that `read` has not returned."""
        try:
            return self._path.stat().st_size > self._offset + self._dropped + len(self._buffer)
        except FileNotFoundError:
            return False

    def rest(self) -> tuple[bytes, int] | None:
        """A last line without a newline. Only when the writer has ended and `read` has nothing more."""
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
        return (line + f" ... [cut here: {excess} bytes left out]".encode() if excess else line), self._offset

    def _forget_excess(self) -> None:
        excess = len(self._buffer) - LINE_LIMIT_BYTES
        if excess > 0:
            # The start is kept, the rest is only counted.
            del self._buffer[LINE_LIMIT_BYTES:]
            self._dropped += excess
            self._searched = len(self._buffer)
