import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from provisioner.database import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)


def remove(apps, schema_editor):
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("provisioner", "0002_guards"),
    ]

    operations = [
        # SQLite makes a table anew for a column with a default; its triggers would be gone.
        migrations.RunPython(remove, install),
        migrations.AddField("run", "force_asked_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "run",
            "force_asked_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="forced_runs",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField("run", "remains", models.JSONField(default=dict)),
        migrations.AddField(
            "run",
            "remedy",
            models.CharField(
                blank=True,
                choices=[("unlock", "Give up its lock"), ("push", "Push the kept state")],
                default="",
                max_length=16,
            ),
            preserve_default=False,
        ),
        migrations.AddField("run", "remedy_asked_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "run",
            "remedy_asked_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mended_runs",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(install, remove),
    ]
