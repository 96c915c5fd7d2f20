from django.db import migrations, models

from shuangjian.accounts.models import pinyin_key


def fill(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    batch = []
    for user in User.objects.only("pk", "name").iterator():
        user.pinyin_key = pinyin_key(user.name)
        batch.append(user)
    User.objects.bulk_update(batch, ["pinyin_key"], batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0010_face_the_public"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="pinyin_key",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
