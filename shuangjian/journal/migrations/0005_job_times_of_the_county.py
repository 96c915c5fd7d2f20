"""When a job was asked for is said by the code, in the county's time (docs/decisions/0040). No column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0004_add_ladder_and_deliveries'),
    ]

    operations = [
        migrations.AlterField(
            model_name='job',
            name='created_at',
            field=models.DateTimeField(),
        ),
    ]
