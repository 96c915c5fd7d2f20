from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("policy", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="term",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
    ]
