"""A pseudo-locale: every text of the portal with other letters and 40 % longer.

Text that still reads as plain English did not go through gettext. `[Éñvírôñméñtš ~~~~]`: the brackets
show a text that was cut, the tildes make room for languages longer than English.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import django
import polib
import rest_framework

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE, LOCALE = "en-xa", "en_XA"
_LETTERS = str.maketrans("aAcCdDeEgGhHiIjJkKlLnNoOrRsStTuUwWyYzZ", "àÀçÇðÐéÉĝĜĥĤíÍĵĴķĶļĻñÑôÔŕŔšŠţŢûÛŵŴýÝžŽ")
# Placeholders, tags and entities stay as they are.
_KEPT = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?[a-zA-Z][^>]*>|&\w+;|\{\w+\|")
_LONGER = 0.4
_WORD = 6  # letters
# Texts of the libraries that our pages show, too: form errors, the API's refusals.
_LIBRARIES = (
    Path(django.__file__).parent / "conf/locale/en/LC_MESSAGES/django.po",
    Path(django.__file__).parent / "contrib/auth/locale/en/LC_MESSAGES/django.po",
    Path(rest_framework.__file__).parent / "locale/en_US/LC_MESSAGES/django.mo",
)
# Settings of Django's locale that look like texts: date formats and separators.
_SETTINGS = re.compile(r"^[NjYPFHisdmy.,:/ -]*$")


def pseudo(text: str) -> str:
    """The text as this locale has it."""
    if not re.search(r"[A-Za-z]", _KEPT.sub("", text)):
        return text
    pieces, end = [], 0
    for kept in _KEPT.finditer(text):
        pieces += [text[end : kept.start()].translate(_LETTERS), kept.group()]
        end = kept.end()
    pieces.append(text[end:].translate(_LETTERS))
    # In words, as a long sentence can wrap, too.
    room = max(1, round(len(text) * _LONGER))
    padding = " ".join(["~" * _WORD] * (room // _WORD) + ["~" * (room % _WORD)]).strip()
    return f"[{''.join(pieces)} {padding}]"


def build(folder: Path) -> None:
    """Write and compile both catalogs below `folder`, for `LOCALE_DIRS`."""
    folder.mkdir(parents=True, exist_ok=True)
    for domain in ("django", "djangojs"):
        command = [sys.executable, "manage.py", "makemessages", "-l", LOCALE, "-d", domain]
        environment = {**os.environ, "LOCALE_DIRS": str(folder)}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        path = folder / LOCALE / "LC_MESSAGES" / f"{domain}.po"
        assert path.is_file(), f"makemessages found no text for {domain}"
        catalog = polib.pofile(str(path))
        catalog.metadata["Plural-Forms"] = "nplurals=2; plural=(n != 1);"
        if domain == "django":
            _add_libraries(catalog)
        for entry in catalog:
            _translate(entry)
        catalog.save(str(path))
        catalog.save_as_mofile(str(path.with_suffix(".mo")))


def _add_libraries(catalog: polib.POFile) -> None:
    known = {(entry.msgctxt, entry.msgid) for entry in catalog}
    for path in _LIBRARIES:
        for entry in polib.mofile(str(path)) if path.suffix == ".mo" else polib.pofile(str(path)):
            if (entry.msgctxt, entry.msgid) not in known and not _SETTINGS.match(entry.msgid):
                known.add((entry.msgctxt, entry.msgid))
                catalog.append(
                    polib.POEntry(
                        msgctxt=entry.msgctxt, msgid=entry.msgid, msgid_plural=entry.msgid_plural or ""
                    )
                )


def _translate(entry: polib.POEntry) -> None:
    entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
    if entry.msgid_plural:
        entry.msgstr_plural = {0: pseudo(entry.msgid), 1: pseudo(entry.msgid_plural)}
    else:
        entry.msgstr = pseudo(entry.msgid)
