"""Reasons as templates and values, so that pages can translate them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioner", "0007_names")]

    operations = [
        migrations.AddField("environment", "status_reason_parts", models.JSONField(blank=True, null=True)),
        migrations.AddField("run", "reason_parts", models.JSONField(blank=True, null=True)),
        migrations.AlterField(
            "run",
            "reason",
            models.TextField(blank=True, help_text="Why it ended as it did, in English."),
        ),
    ]
