from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: list[tuple[str, str]] = [
        ("recsys", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="story",
            name="problem",
            field=models.CharField(
                blank=True, editable=False, max_length=500, verbose_name="refused because"
            ),
        ),
    ]
