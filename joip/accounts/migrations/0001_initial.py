from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='AttemptCount',
            fields=[
                ('key', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('window_ends_at', models.DateTimeField()),
                ('next_turn_at', models.DateTimeField()),
            ],
        ),
    ]
