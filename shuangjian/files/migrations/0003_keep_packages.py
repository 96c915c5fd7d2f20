from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0002_keep_workbooks'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='storedfile',
            name='stored_file_type_is_served',
        ),
        migrations.AddConstraint(
            model_name='storedfile',
            constraint=models.CheckConstraint(condition=models.Q(('content_type__in', ['image/jpeg', 'image/png', 'image/webp', 'application/pdf', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'application/zip'])), name='stored_file_type_is_served'),
        ),
    ]
