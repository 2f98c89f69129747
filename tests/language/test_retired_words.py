import subprocess
import sys
from pathlib import Path

import pytest

from tests.language import retired_words


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("# The doorbell of the run.", "doorbell"),
        ("def _story(run): ...", "story"),
        ("class StoryOf:", "Story"),
        ("RUN_WISHES = 3", "WISHES"),
        ("<p>Who did what stands in the trail.</p>", "trail"),
        ("It stands as ordered.", "It stands"),
        ("msgstr = 'Begun anew'", "anew"),
    ],
)
def test_a_retired_word_is_found(line: str, word: str) -> None:
    found = list(retired_words.find("portal/some.py", f"first\n{line}\n"))

    assert (found[0].line, found[0].word) == (2, word)


@pytest.mark.parametrize(
    "line",
    ["The audit trail", "audit_trail", "trailing slash", "a string", "history", "restoring", "It looks so."],
)
def test_other_words_are_not(line: str) -> None:
    assert list(retired_words.find("portal/some.py", line)) == []


def test_the_command_fails_on_a_planted_word_and_names_file_and_line(tmp_path: Path) -> None:
    planted = tmp_path / "planted.html"
    planted.write_text("<p>\n  Press the bell\n</p>\n")

    command = [sys.executable, "-m", "tests.language.retired_words", str(planted)]
    ended = subprocess.run(command, cwd=retired_words.ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "planted.html:2: 'bell' is retired; use: change notification" in ended.stdout
