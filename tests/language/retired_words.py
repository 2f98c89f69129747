"""Words and phrases that the project no longer uses, and a check that finds them: `make words`.

    python -m tests.language.retired_words [FILE ...]

Without files: everything in the repository except its migrations, which describe tables as they were. Prints
each place and the word to use instead; exits with 1 if there is any. Names on the wire and in the
database keep their words: see `ALLOWED`.
"""

import fnmatch
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What stands for the word now. The patterns match whole words, in any case, also between underscores and in
# camel case: `_story`, `StoryOf`, `told_words`.
RETIRED: dict[str, str] = {
    r"doorbells?|bells?|rings?|rang": "change notification",
    r"(?<!audit )(?<!audit-)(?<!audit_)trails?": "audit trail",
    r"stor(?:y|ies)": "event log",
    r"wish(?:es|ed)?": "request, stop request",
    r"journals?": "event ingestion",
    r"mend(?:s|ed|ing)?|remed(?:y|ies)": "remediation, or: repair, fix",
    r"(?:the|its|these|what) remains|remains of": "leftovers",
    r"broom": "workspace cleaner",
    r"shel(?:f|ves)": "page cache",
    r"bench": "prepared workspace",
    r"vaults?": "emergency state dump",
    r"guards?": "database trigger, or: check",
    r"funnels?": "access check",
    r"(?:whose|its|their|takes?) turns?|in turn": "fairness, next in the queue",
    r"told": "reported, recorded, shown",
    r"said": "reported, or name what it is",
    r"anew": "again",
    r"of late": "recently",
    r"(?:is|are|was|were|be) asked first": "must be confirmed",
    r"(?:it|that|what|which|each|nothing) stands?|stands? (?:in|as|beside|for)|as it stands": "is",
    r"as a whole": "completely",
    r"(?:to|can|could|cannot) be had": "available",
    r"in vain": "without result",
    r"who may what": "permissions",
    r"lest|whence|wherein|thereof|hence|thereby|henceforth": "plain words",
    r"whoever": "a person who, anyone who",
    r"nobody(?:'s)? (?:is|are) to|is to be \w+|are to be \w+": "must be, is",
    r"but for": "except",
    r"beside (?:it|them|the field)s?": "next to",
    r"doors?": "route, interface",
    r"knock(?:s|ed|ing)?": "request",
    r"by hand alone|of its own accord|at its leisure": "plain words",
}

_PLAIN_TEXT = (
    "*.py", "*.html", "*.js", "*.mjs", "*.css", "*.md", "*.toml", "*.tf", "*.hcl", "*.tftpl", "*.sh", "*.yml",
    "*.yaml", "*.json", ".env.example", "Makefile", "Dockerfile", ".importlinter", "*.txt",
)  # fmt: skip


@dataclass(frozen=True)
class Allowed:
    """Where a word may stay, as it is: a name that others rely on, or a word with another meaning there."""

    paths: str
    text: str
    why: str


_WIRE = "an address or a command of earlier versions"
_TABLE = "a name in the database"
_OTHER = "a name of another product or language"
ALLOWED: tuple[Allowed, ...] = (
    Allowed("provisioner/models/audit.py", "one_trail_head", _TABLE),
    Allowed("provisioner/models/runs.py", "remedy", _TABLE),
    Allowed("provisioner/database/triggers.py", "trail", _TABLE),
    Allowed("provisioner/database/triggers.py", "guard", _TABLE),
    Allowed("portal/database_roles.py", "guard", _TABLE),
    Allowed("tests/faults/test_people.py", "no_trail", _TABLE),
    Allowed("tests/faults/test_people.py", "guard_", _TABLE),
    Allowed("tests/provisioner/database/test_careful_migrations.py", "0002_guards", _TABLE),
    Allowed("tests/provisioner/database/test_careful_migrations.py", "0004_trail_and_queue", _TABLE),
    Allowed("*.py", "/trail/", _WIRE),
    Allowed("portal/*urls.py", "trail/", _WIRE),
    Allowed("portal/management/commands/trail.py", "`manage.py trail`", _WIRE),
    Allowed("CHANGELOG.md", "`manage.py trail`", _WIRE),
    Allowed("CHANGELOG.md", "`remedy`", _WIRE),
    Allowed("tests/portal/management/test_commands.py", '"trail"', _WIRE),
    Allowed("tests/portal/management/test_commands.py", "`manage.py trail`", _WIRE),
    Allowed("tests/portal/api/test_bad_input.py", '"trail-"', "a name that ends with a hyphen"),
    Allowed("*", "CloudTrail", _OTHER),
    Allowed("*.py", "TypeGuard", _OTHER),
    Allowed("portal/settings.py", "journal_mode", _OTHER),
)


@dataclass(frozen=True)
class Place:
    """One retired word: file, line counted from 1, the word, and what to use instead."""

    path: str
    line: int
    word: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.word!r} is retired; use: {self.instead}"


_PATTERNS = tuple(
    (re.compile(rf"(?<![a-z])(?:{word})(?![a-z])", re.I), instead) for word, instead in RETIRED.items()
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def find(path: str, text: str) -> Iterator[Place]:
    """Every retired word of a file; `path` is relative to the root and decides what is allowed."""
    allowed = [each for each in ALLOWED if fnmatch.fnmatch(path, each.paths)]
    for number, line in enumerate(text.splitlines(), start=1):
        for each in allowed:
            line = line.replace(each.text, "")
        # Camel case becomes words of its own; the rest of the line keeps its letters.
        line = _CAMEL.sub("_", line)
        for pattern, instead in _PATTERNS:
            for found in pattern.finditer(line):
                yield Place(path, number, found.group(), instead)


def files() -> list[str]:
    """The texts that are checked, relative to the root of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    # This package names every retired word; a migration is never rewritten.
    left_out = (f"{Path(__file__).resolve().parent.relative_to(ROOT)}/*", "*/migrations/*")
    names = [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    names = [name for name in names if not any(fnmatch.fnmatch(name, each) for each in left_out)]
    return [name for name in names if any(fnmatch.fnmatch(Path(name).name, each) for each in _PLAIN_TEXT)]


def main(names: list[str]) -> int:
    """The exit code."""
    found = [
        place for name in names or files() for place in find(name, (ROOT / name).read_text(errors="replace"))
    ]
    for place in found:
        sys.stdout.write(f"{place}\n")
    sys.stdout.write(f"{len(found)} retired words\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
