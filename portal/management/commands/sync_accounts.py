"""Cloud accounts from the settings into the database."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand

from provisioner import accounts


class Command(BaseCommand):
    help = "Update the cloud accounts from CLOUD_ACCOUNTS. An account that is not listed takes no new orders."

    def handle(self, *args: Any, **options: Any) -> None:
        for account in accounts.sync(settings.CLOUD_ACCOUNTS):
            self.stdout.write(f"{account.slug}: {account.title}, {account.region}")
