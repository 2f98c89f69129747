"""The Celery application. `runs` carries Terraform, `control` the housekeeping, each on workers of its own."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("provisioner")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["provisioner"])
