from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provisioner", "0004_trail_and_queue")]

    operations = [
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
                max_length=16,
            ),
        ),
    ]
