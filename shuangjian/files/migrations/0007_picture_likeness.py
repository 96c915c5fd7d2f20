from django.db import migrations, models


class Migration(migrations.Migration):
    """What is there already has no likeness yet (null): the nightly search looks at its pictures."""

    dependencies = [("files", "0006_keep_csv")]

    operations = [
        migrations.AddField(
            model_name="storedfile",
            name="likeness",
            field=models.CharField(blank=True, max_length=64, null=True),
        ),
        migrations.AlterField(
            model_name="storedfile",
            name="likeness",
            field=models.CharField(blank=True, default="", max_length=64, null=True),
        ),
    ]
