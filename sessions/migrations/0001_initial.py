import django.core.validators
import django.db.models.deletion
import joip.visible_text
import joip.word_fields
import sessions.external_addresses
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('credits', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BackupLease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expires_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('slug', models.SlugField(unique=True)),
                ('is_default', models.BooleanField(default=False, help_text='New sessions get it. At most one is the default.')),
            ],
            options={
                'verbose_name_plural': 'categories',
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='only_one_default_category', violation_error_message='Another category is the default already.')],
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', joip.visible_text.VisibleCharField(max_length=200)),
                ('title_sort', joip.word_fields.SortKeyField('title', editable=False)),
                ('subreddits', models.JSONField(blank=True, default=list)),
                ('interval_min', models.PositiveSmallIntegerField(default=3, help_text='Seconds.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)])),
                ('interval_max', models.PositiveSmallIntegerField(default=10, help_text='Seconds.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)])),
                ('transition', models.CharField(choices=[('fade', 'Fade'), ('slide', 'Slide'), ('zoom', 'Zoom'), ('flip', 'Flip'), ('none', 'None')], default='fade', max_length=5)),
                ('caption_theme', models.CharField(blank=True, max_length=100)),
                ('ai_prompt', models.TextField(blank=True)),
                ('is_manual_mode', models.BooleanField(default=False, help_text='Plays its stored media and never fetches new.')),
                ('is_imported', models.BooleanField(default=False, editable=False)),
                ('import_source', models.CharField(blank=True, editable=False, max_length=20)),
                ('import_url', models.CharField(blank=True, editable=False, max_length=500)),
                ('original_title', models.CharField(blank=True, editable=False, max_length=200)),
                ('original_author', models.CharField(blank=True, editable=False, help_text='Their display name.', max_length=150)),
                ('words', joip.word_fields.WordsField('title', 'original_author', editable=False)),
                ('is_public', models.BooleanField(default=False)),
                ('is_favorite', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('media_status', models.CharField(choices=[('ready', 'Ready'), ('copying', 'Copying'), ('failed', 'Failed')], default='ready', editable=False, max_length=7)),
                ('copy_attempt', models.PositiveIntegerField(default=0, editable=False)),
                ('copy_takeovers', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('copy_lease_expires_at', models.DateTimeField(editable=False, null=True)),
                ('slide_count', models.PositiveIntegerField(editable=False, null=True)),
                ('charge_waived', models.BooleanField(default=False, editable=False)),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='library.category')),
                ('charge', models.OneToOneField(editable=False, help_text='The ledger row that paid for it.', null=True, on_delete=django.db.models.deletion.PROTECT, to='credits.credittransaction')),
                ('copied_from', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='library.session')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='library', to=settings.AUTH_USER_MODEL)),
                ('snapshot_of', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='snapshots', to='library.session')),
            ],
        ),
        migrations.CreateModel(
            name='SessionMedia',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('order', models.PositiveIntegerField(help_text='From 0, without gaps.')),
                ('media_type', models.CharField(choices=[('image', 'Image'), ('video', 'Video')], max_length=5)),
                ('caption', joip.visible_text.VisibleTextField(blank=True)),
                ('words', joip.word_fields.WordsField('caption', editable=False)),
                ('is_thumbnail', models.BooleanField(default=False)),
                ('bucket', models.CharField(blank=True, choices=[('general', 'general'), ('user-media', 'user-media')], max_length=10)),
                ('key', models.CharField(blank=True, max_length=1024)),
                ('external_url', models.CharField(blank=True, max_length=2000, validators=[sessions.external_addresses.validate_external_address])),
                ('content_type', models.CharField(blank=True, max_length=100)),
                ('size', models.PositiveBigIntegerField(help_text='Bytes; unknown for external media.', null=True)),
                ('width', models.PositiveIntegerField(help_text='Pixels, upright.', null=True)),
                ('height', models.PositiveIntegerField(help_text='Pixels, upright.', null=True)),
                ('duration', models.FloatField(help_text='Seconds, of a video.', null=True)),
                ('placeholder', models.CharField(blank=True, help_text='A tiny picture, as a data address.', max_length=250)),
                ('rendition', models.UUIDField(db_index=True, help_text='Names its smaller pictures: see sessions/renditions.py.', null=True)),
                ('came_with_save', models.BooleanField(default=False, editable=False, help_text='Or else its owner has added it.')),
                ('source_post_id', models.CharField(blank=True, max_length=20)),
                ('source_post_url', models.CharField(blank=True, max_length=2000, validators=[sessions.external_addresses.validate_external_address])),
                ('subreddit', models.CharField(blank=True, max_length=50)),
                ('session', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='media', to='library.session')),
            ],
            options={
                'verbose_name': 'slide',
                'db_table': 'session_media',
                'ordering': ['order', 'id'],
            },
        ),
        migrations.AddField(
            model_name='session',
            name='cover',
            field=models.ForeignKey(db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='library.sessionmedia'),
        ),
        migrations.AddIndex(
            model_name='sessionmedia',
            index=models.Index(fields=['bucket', 'key'], name='media_by_object'),
        ),
        migrations.AddConstraint(
            model_name='sessionmedia',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('bucket__in', ['general', 'user-media']), ('external_url', ''), ('size__isnull', False), models.Q(('key', ''), _negated=True)), models.Q(('bucket', ''), ('key', ''), models.Q(('external_url', ''), _negated=True)), _connector='OR'), name='media_is_stored_or_external'),
        ),
        migrations.AddConstraint(
            model_name='sessionmedia',
            constraint=models.UniqueConstraint(fields=('session', 'name'), name='slides_of_a_session_differ_in_name'),
        ),
        migrations.AddConstraint(
            model_name='sessionmedia',
            constraint=models.UniqueConstraint(condition=models.Q(('is_thumbnail', True)), fields=('session',), name='at_most_one_thumbnail_per_session'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(condition=models.Q(('media_status', 'copying')), fields=['copy_lease_expires_at'], name='unfinished_copies_by_lease'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(condition=models.Q(('owner__isnull', True), ('snapshot_of__isnull', True)), fields=['id'], name='retired_snapshots'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['owner', 'id'], name='library_by_age'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['owner', 'updated_at', 'id'], name='library_by_change'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['owner', 'title_sort', 'id'], name='library_by_title'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['owner', 'category', 'id'], name='library_by_category'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(condition=models.Q(('is_favorite', True)), fields=['owner', 'id'], name='library_favorites'),
        ),
        migrations.AddIndex(
            model_name='session',
            index=models.Index(fields=['owner', 'media_status', 'id'], name='library_by_media_status'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.UniqueConstraint(condition=models.Q(('import_source', 'community')), fields=('owner', 'import_url'), name='one_save_per_owner_and_shared_session'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('import_source', 'community'), _negated=True), models.Q(('import_url', ''), _negated=True), _connector='OR'), name='community_import_names_its_source'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.UniqueConstraint(condition=models.Q(('media_status', 'ready'), ('snapshot_of__isnull', False)), fields=('snapshot_of',), name='one_whole_snapshot_per_session'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(('owner__isnull', False), ('is_public', False), _connector='OR'), name='snapshot_is_never_public'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(('owner__isnull', True), ('snapshot_of__isnull', True), _connector='OR'), name='only_a_snapshot_is_snapshot_of'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(('interval_max__gte', models.F('interval_min')), ('interval_max__lte', 60), ('interval_min__gte', 1)), name='intervals_between_1_and_60_min_first', violation_error_message='Intervals are 1 to 60 seconds, the shorter one first.'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(('media_status', 'copying'), ('copy_lease_expires_at__isnull', True), _connector='OR'), name='a_lease_only_while_copying'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('media_status', 'ready'), _negated=True), ('copied_from__isnull', True), _connector='OR'), name='a_ready_session_reads_no_snapshot'),
        ),
        migrations.AddConstraint(
            model_name='session',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('media_status', 'failed'), _negated=True), ('charge__isnull', True), _connector='OR'), name='a_failed_session_holds_no_charge'),
        ),
    ]
