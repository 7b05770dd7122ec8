import datetime

import django.core.validators
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
        migrations.AlterField(
            model_name="pin",
            name="until",
            field=models.DateTimeField(
                blank=True,
                help_text="Empty: until it is taken away.",
                null=True,
                validators=[
                    django.core.validators.MaxValueValidator(
                        datetime.datetime(2200, 12, 31, tzinfo=datetime.UTC)
                    )
                ],
                verbose_name="until",
            ),
        ),
    ]
