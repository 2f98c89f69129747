"""The old name of `manage.py audit`, kept for one release."""

from typing import Any

from portal.management.commands import audit


class Command(audit.Command):
    help = f"Renamed to `audit`. {audit.Command.help}"

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        self.stderr.write(
            "`manage.py trail` is now `manage.py audit`. The next release removes the old name."
        )
        super().handle(*args, act=act, **options)
