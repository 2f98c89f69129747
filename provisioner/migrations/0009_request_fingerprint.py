"""What a request with an idempotency key asked for, as a keyed hash."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioner", "0008_reason_parts")]

    operations = [
        migrations.AddField(
            "run", "request_fingerprint", models.BinaryField(blank=True, max_length=32, null=True)
        ),
    ]
