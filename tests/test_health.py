"""What machines ask of a process: whether it lives, and whether it can do its work."""

import shutil

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from joip.operations import health as health_module
from joip.operations.health import Health


@pytest.fixture(autouse=True)
def _results_are_read_anew(monkeypatch):
    health_module.health.__init__()
    health_module._migrated.clear()
    yield
    health_module.health.__init__()


def readiness():
    answer = Client().get("/readyz", headers={"Host": "10.0.0.7:8000"})
    return answer.status_code, answer.json()


READY = dict.fromkeys(["database", "migrations", "store", "disk", "clock"], "ok")


@pytest.mark.django_db
def test_a_process_that_can_work_says_so_to_any_host_without_https(settings):
    settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS = True, ["example.org"]
    answer = Client().get("/livez", headers={"Host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert readiness() == (200, {"ready": True, "checks": READY})


@pytest.mark.django_db
def test_a_store_that_does_not_answer_is_named(request, settings):
    if request.config.getoption("on") == "servers":
        proxy = request.getfixturevalue("proxy")
        proxy.close()
    else:
        folder = django_settings.DATA_DIR / "media"
        shutil.rmtree(folder, ignore_errors=True)
        folder.write_text("no folder")
    status, body = readiness()
    if request.config.getoption("on") == "embedded":
        folder.unlink()
    why = "the bucket general does not answer as it should: run manage.py check_store"
    assert (status, body) == (503, {"ready": False, "checks": READY | {"store": why}})


@pytest.mark.django_db
def test_a_migration_that_is_missing_is_counted():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'community'")
    status, body = readiness()
    why = "1 to be made: run manage.py migrate"
    assert (status, body) == (503, {"ready": False, "checks": READY | {"migrations": why}})


@pytest.mark.django_db
def test_too_little_free_disk_is_named(settings):
    settings.MIN_FREE_DISK_MB = 10**9
    status, body = readiness()
    assert status == 503
    assert "fewer than MIN_FREE_DISK_MB" in body["checks"]["disk"]


@pytest.mark.django_db
def test_many_probes_at_once_cost_one(django_assert_num_queries):
    health = Health()
    health.current()
    with django_assert_num_queries(0):
        assert health.current() == READY


@pytest.mark.backend_free
def test_a_probe_reads_only():
    for probe in ("/livez", "/readyz", "/metrics"):
        answer = Client().post(probe)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
