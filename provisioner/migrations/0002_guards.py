from django.db import migrations

from provisioner.database import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)


def remove(apps, schema_editor):
    triggers.remove(schema_editor.connection)


def first_head(apps, schema_editor):
    apps.get_model("provisioner", "TrailHead").objects.get_or_create(id=1)


class Migration(migrations.Migration):
    dependencies = [("provisioner", "0001_initial")]

    operations = [
        migrations.RunPython(first_head, migrations.RunPython.noop),
        migrations.RunPython(install, remove),
    ]
