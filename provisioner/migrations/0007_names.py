"""Models and fields by new names. No statement reaches the database: tables and columns keep theirs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("provisioner", "0006_resource_times"),
    ]

    operations = [
        migrations.AlterModelTable("trailentry", "provisioner_trailentry"),
        migrations.AlterModelTable("trailhead", "provisioner_trailhead"),
        migrations.RenameModel("TrailEntry", "AuditEntry"),
        migrations.RenameModel("TrailHead", "AuditHead"),
        migrations.AlterField("run", "remains", models.JSONField(default=dict, db_column="remains")),
        migrations.RenameField("run", "remains", "leftovers"),
        migrations.AlterField(
            "run",
            "remedy",
            models.CharField(
                blank=True,
                choices=[
                    ("unlock", "Give up its lock"),
                    ("push", "Push the kept state"),
                    ("look", "Look again"),
                ],
                db_column="remedy",
                max_length=16,
            ),
        ),
        migrations.RenameField("run", "remedy", "remediation"),
        migrations.AlterField(
            "run",
            "remedy_asked_at",
            models.DateTimeField(blank=True, null=True, db_column="remedy_asked_at"),
        ),
        migrations.RenameField("run", "remedy_asked_at", "remediation_asked_at"),
        migrations.AlterField(
            "run",
            "remedy_asked_by",
            models.ForeignKey(
                blank=True,
                db_column="remedy_asked_by_id",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="remediated_runs",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RenameField("run", "remedy_asked_by", "remediation_asked_by"),
    ]
