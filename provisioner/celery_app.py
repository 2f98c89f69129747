"""The Celery application: `runs` workers carry Terraform, `control` workers do the housekeeping."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
# Celery would run Django's checks in each of its processes and ignore their result; they import every page of
# the portal. `manage.py worker` runs the checks that matter to it.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("provisioner")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["provisioner"])
# What a worker process does besides its tasks: heartbeat, housekeeping, an orderly shutdown.
app.autodiscover_tasks(["provisioner.worker"], related_name="celery_signals")
app.conf.beat_schedule = {
    "housekeeping": {
        "task": "provisioner.housekeeping",
        "schedule": 10.0,
        # Shorter than the period: messages that nobody took must not pile up.
        "options": {"queue": "control", "expires": 9},
    }
}
