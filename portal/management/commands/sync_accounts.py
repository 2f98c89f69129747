"""Cloud accounts from the settings into the database."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand

from provisioner import accounts


class Command(BaseCommand):
    help = "Bring the cloud accounts to what CLOUD_ACCOUNTS says; one that is left out takes no more orders."

    def handle(self, *args: Any, **options: Any) -> None:
        for account in accounts.sync(settings.CLOUD_ACCOUNTS):
            self.stdout.write(f"{account.slug}: {account.title}, {account.region}")
