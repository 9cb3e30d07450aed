"""Besides the tables, a generated column and indexes that only PostgreSQL has, for searching."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

POSTGRESQL = [
    """
    ALTER TABLE community_searchentry ADD COLUMN document tsvector
    GENERATED ALWAYS AS (
        array_to_tsvector(array_remove(string_to_array(words || creator, ' '), ''))
    ) STORED
    """,
    "CREATE INDEX search_by_words ON community_searchentry USING gin (document)",
    """
    CREATE INDEX search_by_subreddits ON community_searchentry
    USING gin (subreddits jsonb_path_ops)
    """,
]


def create_document_and_indexes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in POSTGRESQL:
            schema_editor.execute(statement)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('library', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('snapshot', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search_entry', serialize=False, to='library.session')),
                ('words', models.TextField(help_text='Of title and captions.')),
                ('creator', models.TextField(help_text='The words of the display name.')),
                ('subreddits', models.JSONField(default=list, help_text='In lower case.')),
            ],
        ),
        migrations.CreateModel(
            name='CommunityShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shared_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('withdrawn_at', models.DateTimeField(blank=True, help_text='By its owner.', null=True)),
                ('hidden_at', models.DateTimeField(blank=True, help_text='By staff.', null=True)),
                ('public_before', models.BooleanField(default=False, help_text='Whether the session was public before it was offered last.')),
                ('allow_saves', models.BooleanField(default=True, help_text="The author's choice.")),
                ('allow_featuring', models.BooleanField(default=False, help_text="The author's choice: whether the home page may show it.")),
                ('featured_place', models.PositiveSmallIntegerField(editable=False, help_text='On the home page, by staff.', null=True, unique=True)),
                ('save_count', models.PositiveIntegerField(default=0, help_text='Saves that were paid for, also of copies that are deleted since, and free ones whose copies are still there.')),
                ('hot', models.FloatField(default=0.0, help_text='Rank in the feed: see community/ranking.py.')),
                ('category', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='library.category')),
                ('session', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='community_share', to='library.session')),
                ('snapshot', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='shown_by', to='library.session')),
            ],
            options={
                'permissions': [('save_for_others', 'Can save into the library of another person')],
            },
        ),
        migrations.CreateModel(
            name='ReportedShare',
            fields=[
            ],
            options={
                'verbose_name': 'reported session',
                'verbose_name_plural': 'moderation queue',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('community.communityshare',),
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('community_session_id', models.BigIntegerField(help_text='Kept when the share is deleted.')),
                ('title', models.CharField(help_text='Of the session at that time.', max_length=200)),
                ('kind', models.CharField(choices=[('hide', 'Hide'), ('unhide', 'Unhide'), ('dismiss', 'dismiss reports')], max_length=7)),
                ('reason', models.CharField(blank=True, choices=[('spam', 'Spam'), ('copyright', 'Copyright'), ('privacy', 'shows somebody who did not agree'), ('offensive', 'Offensive'), ('illegal', 'Illegal'), ('other', 'Other')], help_text='Why it is hidden: the author sees it.', max_length=9)),
                ('sentence', models.TextField(blank=True, help_text='To the author, who sees it.')),
                ('note', models.TextField(blank=True, help_text='For staff alone.')),
                ('reaches_copies', models.BooleanField(default=False, help_text='Whether it also holds for shares made from copies.')),
                ('is_unfinished', models.BooleanField(default=False, help_text='Not yet repeated for all these: `resume_copies` goes on.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('cause', models.ForeignKey(help_text='The decision about what this one was copied from, which this one repeats.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='consequences', to='community.decision')),
                ('share', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='decisions', to='community.communityshare')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['community_session_id', 'id'], name='decisions_by_share'),
                    models.Index(condition=models.Q(('is_unfinished', True)), fields=['id'], name='unfinished_decisions'),
                ],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind', 'hide'), ('reason', ''), _negated=True), name='what_is_hidden_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('spam', 'Spam'), ('copyright', 'Copyright'), ('privacy', 'shows somebody who did not agree'), ('offensive', 'Offensive'), ('illegal', 'Illegal'), ('other', 'Other')], max_length=9)),
                ('text', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('decision', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='community.decision')),
                ('reporter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to=settings.AUTH_USER_MODEL)),
                ('share', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='community.communityshare')),
            ],
        ),
        migrations.CreateModel(
            name='ShareLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('session', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='share_link', to='library.session')),
            ],
        ),
        migrations.CreateModel(
            name='Origin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('community_session_id', models.BigIntegerField(help_text='Kept when the share is deleted.')),
                ('session', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='origins', to='library.session')),
            ],
            options={
                'indexes': [models.Index(fields=['community_session_id', 'session'], name='descendants_by_origin')],
                'constraints': [models.UniqueConstraint(fields=('session', 'community_session_id'), name='one_row_per_session_and_origin')],
            },
        ),
        migrations.AddIndex(
            model_name='communityshare',
            index=models.Index(condition=models.Q(('hidden_at', None), ('snapshot__isnull', False), ('withdrawn_at', None)), fields=['-shared_at', '-id'], name='feed_by_time'),
        ),
        migrations.AddIndex(
            model_name='communityshare',
            index=models.Index(condition=models.Q(('hidden_at', None), ('snapshot__isnull', False), ('withdrawn_at', None)), fields=['-save_count', '-id'], name='feed_by_saves'),
        ),
        migrations.AddIndex(
            model_name='communityshare',
            index=models.Index(condition=models.Q(('hidden_at', None), ('snapshot__isnull', False), ('withdrawn_at', None)), fields=['-hot', '-id'], name='feed_by_hotness'),
        ),
        migrations.AddIndex(
            model_name='communityshare',
            index=models.Index(condition=models.Q(('hidden_at', None), ('snapshot__isnull', False), ('withdrawn_at', None)), fields=['category', '-shared_at', '-id'], name='category_by_time'),
        ),
        migrations.AddIndex(
            model_name='communityshare',
            index=models.Index(condition=models.Q(('hidden_at', None), ('snapshot__isnull', False), ('withdrawn_at', None)), fields=['category', '-save_count', '-id'], name='category_by_saves'),
        ),
        migrations.AddIndex(
            model_name='communityshare',
            index=models.Index(condition=models.Q(('hidden_at', None), ('snapshot__isnull', False), ('withdrawn_at', None)), fields=['category', '-hot', '-id'], name='category_by_hotness'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('decision', None)), fields=['share'], name='reports_waiting_by_share'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('share', 'reporter'), name='one_report_per_person_and_share'),
        ),
        migrations.AddConstraint(
            model_name='communityshare',
            constraint=models.CheckConstraint(condition=models.Q(('featured_place__range', (1, 6))), name='featured_in_one_of_the_places'),
        ),
        migrations.AddConstraint(
            model_name='communityshare',
            constraint=models.CheckConstraint(condition=models.Q(('featured_place', None), models.Q(('allow_featuring', True), ('hidden_at', None), ('withdrawn_at', None)), _connector='OR'), name='featured_is_allowed_offered_and_not_hidden'),
        ),
        migrations.RunPython(create_document_and_indexes, elidable=False),
    ]
