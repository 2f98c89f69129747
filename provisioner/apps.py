from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext, ngettext

from provisioner import sentences
from provisioner.database import migration_locks


class ProvisionerConfig(AppConfig):
    name = "provisioner"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        sentences.use_translations(gettext, ngettext)
        pre_migrate.connect(migration_locks.wait_briefly, sender=self)
        post_migrate.connect(migration_locks.wait_as_before, sender=self)
