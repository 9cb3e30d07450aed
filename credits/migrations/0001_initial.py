"""Besides the tables, a trigger refuses to change or delete a ledger row, and saving and creating
sessions have a price.

On SQLite it refuses changes only: tests empty tables by DELETE, and there no session can switch
triggers off, as it can on PostgreSQL.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

POSTGRESQL = [
    """
    CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE ON credits_credittransaction
    FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()
    """,
]
SQLITE = [
    """
    CREATE TRIGGER ledger_is_append_only BEFORE UPDATE ON credits_credittransaction
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """
]


def create_trigger(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in POSTGRESQL if vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def set_first_price(apps, schema_editor):
    """Without a price, nobody could save or create sessions."""
    prices = apps.get_model("credits", "FeaturePricing").objects.using(schema_editor.connection.alias)
    prices.create(feature_key="session_create", cost=10)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('users', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CreditAccount',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='credit_account', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('balance', models.BigIntegerField(default=0)),
                ('premium_until', models.DateTimeField(blank=True, help_text='When Premium ends. Empty means no Premium.', null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('balance__gte', 0)), name='account_balance_never_negative')],
            },
        ),
        migrations.CreateModel(
            name='FeaturePricing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('feature_key', models.SlugField(choices=[('session_create', 'session_create: save or create a session')], help_text='While its price is missing or inactive, the feature answers 503.', unique=True)),
                ('cost', models.PositiveIntegerField(help_text='Credits for each use. 0 is free and leaves no ledger row.')),
                ('premium_only', models.BooleanField(default=False, help_text='Only Premium subscribers may use it; they pay the cost too.')),
                ('is_active', models.BooleanField(default=True, help_text='Inactive is the same as missing: the feature is refused, not free.')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'feature pricing',
            },
        ),
        migrations.CreateModel(
            name='CreditTransaction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('grant', 'Grant'), ('charge', 'Charge'), ('refund', 'Refund'), ('adjustment', 'Adjustment')], max_length=10)),
                ('amount', models.IntegerField(help_text='Credits; negative when they are taken.')),
                ('balance_after', models.BigIntegerField()),
                ('feature_key', models.SlugField(blank=True)),
                ('reference', models.CharField(blank=True, help_text='What it is for, such as <code>session:456</code>.', max_length=100)),
                ('note', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='credits.creditaccount')),
                ('actor', models.ForeignKey(help_text='Who caused it; empty if JOIP did by itself.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reverses', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refund', to='credits.credittransaction')),
            ],
            options={
                'indexes': [models.Index(fields=['account', '-id'], name='ledger_newest_first')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('kind__in', ['grant', 'refund'])), models.Q(('amount__lt', 0), ('kind', 'charge')), models.Q(('kind', 'adjustment'), models.Q(('amount', 0), _negated=True)), _connector='OR'), name='ledger_amount_sign_fits_its_kind'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'refund'), ('reverses__isnull', False)), models.Q(models.Q(('kind', 'refund'), _negated=True), ('reverses__isnull', True)), _connector='OR'), name='ledger_only_refunds_reverse'), models.UniqueConstraint(condition=models.Q(('reference', 'sign-up')), fields=('account',), name='ledger_one_sign_up_grant_per_account'), models.CheckConstraint(condition=models.Q(('balance_after__gte', 0)), name='ledger_balance_after_never_negative')],
            },
        ),
        migrations.RunPython(create_trigger, elidable=False),
        migrations.RunPython(set_first_price, elidable=False),
    ]
