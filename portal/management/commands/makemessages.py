"""Django's makemessages for this project: its own marks of a text, and none of its tools and tests."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

# Functions whose arguments are texts: in `stored_text.py`, `sentences.py`, and `i18n.js` of the browser.
_KEYWORDS = (
    *("stored", "stored_plural:1,2", "sentence", "sentence_plural:1,2"),
    *("translate", "translate_plural:1,2", "sentencePlural:1,2"),
)
_IGNORED = (
    *(".venv/*", "node_modules/*", "var/*"),
    *("benchmarks/*", "examples/*", "simulator/*", "terraform_modules/*", "tests/*"),
)


class Command(makemessages.Command):
    xgettext_options = [
        *makemessages.Command.xgettext_options,
        *(f"--keyword={keyword}" for keyword in _KEYWORDS),
    ]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(no_wrap=True, add_location="file")

    def find_files(self, root: str) -> list[makemessages.TranslatableFile]:
        """All texts belong to the first of LOCALE_PATHS; Django prefers the folder next to the source."""
        found: list[makemessages.TranslatableFile] = super().find_files(root)
        for each in found:
            each.locale_dir = self.default_locale_path
        return found

    def handle(self, *args: Any, **options: Any) -> None:
        options["ignore_patterns"] = [*_IGNORED, *options["ignore_patterns"]]
        super().handle(*args, **options)
