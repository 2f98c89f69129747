"""The words for remediations on the pages. No statement reaches the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioner", "0009_request_fingerprint")]

    operations = [
        migrations.AlterField(
            "run",
            "remediation",
            models.CharField(
                blank=True,
                choices=[("unlock", "Release the lock"), ("push", "Push the state"), ("look", "Check again")],
                db_column="remedy",
                max_length=16,
            ),
        ),
    ]
