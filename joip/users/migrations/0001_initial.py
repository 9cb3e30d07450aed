import django.utils.timezone
import joip.users.display_names
import joip.users.models
import joip.users.normal_forms
import joip.visible_text
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('username', models.CharField(error_messages={'unique': 'This user name is taken.'}, help_text='To sign in with; shown to nobody else. Case does not matter.', max_length=150, unique=True, validators=[joip.users.normal_forms.check_username])),
                ('display_name', joip.visible_text.VisibleCharField(blank=True, help_text='What others see. Blank means “Member” and a number.', max_length=150, validators=[joip.users.display_names.check_display_name])),
                ('email', models.EmailField(blank=True, help_text='Stored in lower case.', max_length=254, verbose_name='e-mail address')),
                ('email_confirmed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('new_email', models.EmailField(blank=True, editable=False, help_text='Replaces the confirmed e-mail address once it is confirmed itself.', max_length=254)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('email_confirmed_at__isnull', False)), fields=('email',), name='a_confirmed_email_has_one_owner'), models.CheckConstraint(condition=models.Q(('email_confirmed_at__isnull', True), models.Q(('email', ''), _negated=True), _connector='OR'), name='a_confirmed_email_is_not_blank'), models.CheckConstraint(condition=models.Q(('email_confirmed_at__isnull', False), ('new_email', ''), _connector='OR'), name='only_a_confirmed_email_is_replaced')],
            },
            managers=[
                ('objects', joip.users.models.PeopleManager()),
            ],
        ),
    ]
