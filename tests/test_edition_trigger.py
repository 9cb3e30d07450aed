"""The database itself lets a share name its whole edition, whoever finishes or retires it."""

from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection

from community.models import CommunityShare
from sessions.models import Session
from tests.factories import make_session, make_share
from tests.ledgers import check_shares


def edition_of(share):
    share.refresh_from_db()
    return share.edition


def test_it_follows_every_change_of_a_snapshot(author):
    session = make_session(author, slides=0)
    share = CommunityShare.objects.create(session=session)
    edition = Session.objects.create(snapshot_of=session, media_status="failed")
    assert edition_of(share) is None
    for changes, shown in [
        ({"media_status": "ready"}, edition),
        ({"title": "Lakes"}, edition),
        ({"media_status": "failed"}, None),
        ({"media_status": "ready"}, edition),
        ({"snapshot_of": None}, None),
        ({"snapshot_of": session}, edition),
    ]:
        Session.objects.filter(pk=edition.pk).update(**changes)
        assert edition_of(share) == shown, changes
    edition.delete()
    assert edition_of(share) is None


def test_sessions_of_people_are_none_of_its_business(author, share):
    copy = make_session(author, slides=0)
    Session.objects.filter(pk=copy.pk).update(media_status="failed")
    Session.objects.filter(pk=copy.pk).update(media_status="ready")
    assert edition_of(share).snapshot_of == share.session
    check_shares()


def test_without_the_migration_there_is_none_and_with_it_again_one(author):
    make_share(author, slides=0)
    call_command("migrate", "community", "0001", verbosity=0)
    Session.objects.snapshots().update(media_status="ready")
    call_command("migrate", verbosity=0)
    check_shares()
    assert edition_of(make_share(author, slides=0))


def test_it_is_there_after_a_migration_that_makes_its_tables_anew(author):
    told = {"verbosity": 0, "interactive": False, "db": "default"}
    emit_pre_migrate_signal(**told)
    for model, name in [(CommunityShare, "hot"), (Session, "title")]:
        field = model._meta.get_field(name)
        changed = field.clone()
        changed.null = True
        changed.set_attributes_from_name(name)
        with connection.schema_editor() as editor:
            editor.alter_field(model, field, changed)
        with connection.schema_editor() as editor:
            editor.alter_field(model, changed, field)
    emit_post_migrate_signal(**told)
    assert edition_of(make_share(author))
    check_shares()
