"""What a page of a library costs, small and large: `python -m bench.library`, about a minute."""

import time
from statistics import median

from bench.servers import database, start_servers

SIZES = [100, 10_000, 100_000]
ROUNDS = 20
ROW = "{:<34}" + "{:>14}" * len(SIZES)


def main():
    start_servers()
    with database():
        libraries = [make_library(size) for size in SIZES]
        analyze()
        print(ROW.format("ms for a page of 50, median", *(f"of {size:,}" for size in SIZES)))
        for name in pages(libraries[0]):
            times = [milliseconds(owner, pages(owner)[name]) for owner in libraries]
            print(ROW.format(name, *(f"{time:.1f}" for time in times)))


def make_library(size):
    from sessions.models import Category, Session, SessionMedia
    from tests.factories import make_person

    category, _ = Category.objects.get_or_create(slug="travel", defaults={"name": "Travel"})
    owner = make_person(f"owner of {size}")
    sessions = Session.objects.bulk_create(
        (
            Session(
                owner=owner,
                title=f"Day {number * 7919 % size}",
                is_favorite=number % 10 == 0,
                category=category if number % 10 == 1 else None,
            )
            for number in range(size)
        ),
        batch_size=5000,
    )
    SessionMedia.objects.bulk_create(
        (
            SessionMedia(
                session=session,
                order=order,
                media_type="image",
                external_url="https://a.b",
                caption=f"First light, picture {order}",
            )
            for session in sessions
            for order in range(3)
        ),
        batch_size=5000,
    )
    return owner


def analyze():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def pages(owner):
    """The addresses of pages by what they show."""
    from joip.api.paging import Pages

    middle = owner.library.order_by("id")[owner.library.count() // 2]
    cursor = Pages("-id", limit=50).signer.sign_object(["next", [str(middle.pk)]])
    return {
        "newest first": "",
        "newest first, from the middle": f"?cursor={cursor}",
        "by title": "?sort=title",
        "last changed first": "?sort=updated",
        "favorites": "?isFavorite=true",
        "of a category": "?categorySlug=travel",
        "search that finds all": "?search=day",
        "search that finds all by captions": "?search=light",
        "search that finds one": "?search=day+7",
        "search that finds nothing": "?search=nowhere",
        "search for ten words, in vain": "?search=first+light+picture+day+0+1+2+a+b+c",
    }


def milliseconds(owner, query):
    from rest_framework.test import APIClient

    client = APIClient()
    client.force_login(owner)
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = client.get(f"/api/sessions{query}")
        times.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, answer.content
    return median(times)


if __name__ == "__main__":
    main()
