import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.terraform import tail

LIMIT = tail.LINE_LIMIT_BYTES
LINES = st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"")), max_size=30)


def read_all(reader: tail.Tail, *, limit_lines: int = 2000) -> list[tuple[bytes, int]]:
    found: list[tuple[bytes, int]] = []
    while lines := reader.read(limit_lines=limit_lines):
        found += lines
    return found


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


class TestTail:
    def test_returns_nothing_before_the_file_exists(self, tmp_path: Path) -> None:
        reader = tail.Tail(tmp_path / "stream", offset=0)

        assert reader.read() == []
        assert reader.rest() is None

    def test_returns_complete_lines_with_the_offset_after_each(self, tmp_path: Path) -> None:
        path = tmp_path / "stream"
        append(path, b"one\ntw")
        reader = tail.Tail(path, offset=0)

        first = reader.read()
        append(path, b"o\n\nthree")
        second = reader.read()

        assert first == [(b"one", 4)]
        assert second == [(b"two", 8), (b"", 9)]
        assert reader.read() == []
        assert reader.rest() == (b"three", 14)

    def test_knows_whether_the_file_has_grown(self, tmp_path: Path) -> None:
        reader = tail.Tail(tmp_path / "stream", offset=0)
        seen = [reader.has_grown()]

        for content in (b"one\n", b"half a li", b"ne\n"):
            append(tmp_path / "stream", content)
            seen.append(reader.has_grown())
            reader.read()
            seen.append(reader.has_grown())

        assert seen == [False, True, False, True, False, True, False]

    def test_continues_where_another_one_stopped(self, tmp_path: Path) -> None:
        path = tmp_path / "stream"
        append(path, b"one\ntwo\nthree\n")
        ((_, offset),) = tail.Tail(path, offset=0).read(limit_lines=1)

        assert tail.Tail(path, offset=offset).read() == [(b"two", 8), (b"three", 14)]

    def test_returns_at_most_the_requested_number_of_lines(self, tmp_path: Path) -> None:
        path = tmp_path / "stream"
        append(path, b"x\n" * 10)
        reader = tail.Tail(path, offset=0)

        assert [len(reader.read(limit_lines=4)) for _ in range(4)] == [4, 4, 2, 0]

    @pytest.mark.parametrize("extra", [0, 1, 12_345, 3 * LIMIT])
    def test_truncates_a_long_line_with_a_mark_and_keeps_its_offset(self, tmp_path: Path, extra: int) -> None:
        path = tmp_path / "stream"
        append(path, b"a\n" + b"x" * (LIMIT + extra) + b"\nb\n")

        (_, cut, after) = read_all(tail.Tail(path, offset=0))

        mark = f" ... [truncated: {extra} bytes left out]".encode() if extra else b""
        assert cut == (b"x" * LIMIT + mark, 2 + LIMIT + extra + 1)
        assert after == (b"b", 2 + LIMIT + extra + 3)

    def test_limits_its_memory_for_an_endless_line(self, tmp_path: Path) -> None:
        path = tmp_path / "stream"
        with path.open("wb") as file:
            file.truncate(200 << 20)
        reader = tail.Tail(path, offset=0)

        assert reader.read() == []

        assert len(reader._buffer) <= LIMIT
        rest = reader.rest()
        assert rest is not None
        line, offset = rest
        assert offset == 200 << 20
        assert line.endswith(f"[truncated: {(200 << 20) - LIMIT} bytes left out]".encode())

    def test_reads_a_hundred_thousand_lines_in_blocks(self, tmp_path: Path) -> None:
        path = tmp_path / "stream"
        append(path, b"".join(b"line %d of many, with some text behind it\n" % n for n in range(100_000)))

        lines = read_all(tail.Tail(path, offset=0))

        assert len(lines) == 100_000
        assert lines[-1][1] == path.stat().st_size


@given(LINES, st.lists(st.integers(1, 200), max_size=20), st.integers(1, 7), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_chunks_result_in_the_same_lines_and_offsets(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], chunks: list[int], limit: int, closed: bool
) -> None:
    path = tmp_path_factory.mktemp("tail") / "stream"
    content = b"".join(line + b"\n" for line in lines) + (b"" if closed else b"rest")
    found: list[tuple[bytes, int]] = []
    reader = tail.Tail(path, offset=0)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    position = 0
    for size in [*chunks, len(content)]:
        os.write(descriptor, content[position : position + size])
        position += size
        found += reader.read(limit_lines=limit)
        if found and size % 3 == 0:
            # As after a crash: the next reader knows only the committed offset.
            reader = tail.Tail(path, offset=found[-1][1])
    found += read_all(reader, limit_lines=limit)
    os.close(descriptor)

    assert [line for line, _ in found] == lines
    ends = [offset for _, offset in found]
    assert ends == [sum(len(line) + 1 for line in lines[: n + 1]) for n in range(len(lines))]
    assert reader.rest() == (None if closed else (b"rest", len(content)))
