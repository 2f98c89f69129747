"""People and teams from the shell: the first admin, and everybody whom an admin adds."""

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand
from django.core.management.base import CommandParser
from django.db import transaction

from portal.accounts.models import Role
from provisioner import audit
from provisioner.models import Team


class Command(BaseCommand):
    help = "Add a person, or change their role and teams. A new person's password is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", choices=Role.values)
        parser.add_argument(
            "--team", action="append", default=[], metavar="SLUG", help="Created if it does not exist."
        )
        parser.add_argument("--new-password", action="store_true")
        disabling = parser.add_mutually_exclusive_group()
        disabling.add_argument("--disable", action="store_true", help="The person can no longer sign in.")
        disabling.add_argument("--enable", action="store_true", help="The person can sign in again.")

    @transaction.atomic
    def handle(self, *args: Any, name: str, **options: Any) -> None:
        person, is_new = get_user_model().objects.get_or_create(username=name)
        person.role = options["role"] or person.role
        if options["disable"] or options["enable"]:
            person.is_active = options["enable"]
        if is_new or options["new_password"]:
            person.set_password(password := secrets.token_urlsafe(15))
            self.stdout.write(f"Password of {name}: {password}")
        person.save()
        for slug in options["team"]:
            Team.objects.get_or_create(slug=slug, defaults={"name": slug.capitalize()})[0].members.add(person)
        teams = sorted(person.teams.values_list("slug", flat=True))
        details = {"role": person.role, "teams": teams, "active": person.is_active}
        audit.record("person.change", subject=audit.Subject(type="person", name=name), details=details)
        state = "" if person.is_active else ", disabled"
        self.stdout.write(f"{name}: {person.role}, teams {', '.join(teams) or 'none'}{state}")
