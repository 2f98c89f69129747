"""A new API token, printed once."""

from typing import Any

from django.core.management import BaseCommand
from django.core.management.base import CommandParser
from django.utils import timezone

from portal.accounts import tokens
from portal.management import cli


class Command(BaseCommand):
    help = "Create an API token in a person's name and print it. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--name", default="from the shell", help="The program that will use it.")

    def handle(self, *args: Any, user: str, name: str, **options: Any) -> None:
        owner = cli.person(user)
        with cli.acting(owner, command="token"):
            self.stdout.write(tokens.create(user=owner, name=name[:80], now=timezone.now()))
