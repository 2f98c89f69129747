from django.db import migrations, models

from provisioner.database import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("provisioner", "0003_interrupted_runs")]

    operations = [
        migrations.AddField("team", "served_at", models.DateTimeField(blank=True, editable=False, null=True)),
        # The guards that have come since; 0002 takes them all away again.
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
