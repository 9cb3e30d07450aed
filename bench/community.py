"""Fills PostgreSQL with a large community, by SQL: a million shares take some minutes.

People, sessions, snapshots with their search entries and three slides each, and saves: a few
sessions have thousands, most have one or two. Titles and captions are words of a made-up
language, of which some are common and most are rare.
"""

import random
import shutil
import time
from contextlib import contextmanager

from django.db import connection

from joip.words import line_of

BYTES_A_SHARE = 4_000  # with its sessions, slides and all their indexes
BYTES_A_SAVE = 1_000
MEMBERS = 50_000
CATEGORIES = 12
SUBREDDITS = 200
SLIDES = 3
WORDS = 20_000
WORDS_OF_TITLE, WORDS_OF_CAPTION = 4, 5
CHARACTERS, RUN = 5_000, 10
CHUNKS = 10  # of saves, between which the time is looked at
TABLES = ("library_session", "session_media", "community_communityshare", "community_searchentry")

# What a session is unless a statement says otherwise, as SQL.
SESSION = {
    "title": "'By slow train'",
    "title_sort": "'by slow train'",
    "words": "' by slow train '",
    "subreddits": "'[]'::jsonb",
    "interval_min": "3",
    "interval_max": "10",
    "transition": "'fade'",
    "caption_theme": "''",
    "ai_prompt": "''",
    "is_manual_mode": "false",
    "is_imported": "false",
    "import_source": "''",
    "import_url": "''",
    "original_title": "''",
    "original_author": "''",
    "is_public": "false",
    "is_favorite": "false",
    "created_at": "now()",
    "updated_at": "now()",
    "media_status": "'ready'",
    "copy_attempt": "0",
    "copy_takeovers": "0",
    "charge_waived": "false",
}


def fitting(shares: int, saves: int, folder) -> tuple[int, int]:
    """As many of them as half of the free disk holds."""
    room = shutil.disk_usage(folder).free / 2
    part = min(1.0, room / (shares * BYTES_A_SHARE + saves * BYTES_A_SAVE))
    return int(shares * part), int(saves * part)


def fill(*, shares: int, saves: int, seconds: float) -> int:
    """How many saves there are in the end: after so many seconds, no more are begun."""
    deadline = time.monotonic() + seconds
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # keys are right as they are made
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SET synchronous_commit = off")
        add_people(cursor)
        add_texts(cursor, shares)
        with no_indexes(cursor):
            add_shares(cursor, shares)
            saved = add_saves(cursor, shares, saves, deadline)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
    return saved


@contextmanager
def no_indexes(cursor):
    """Without the indexes of the large tables, which are made anew at the end."""
    cursor.execute(
        """
        SELECT indexname, indexdef FROM pg_indexes
        WHERE tablename = ANY(%s)
        AND indexname NOT IN (SELECT conname FROM pg_constraint)
        """,
        [list(TABLES)],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _, definition in indexes:
        cursor.execute(definition)


def add_people(cursor):
    cursor.execute(
        """
        INSERT INTO users_user (id, username, display_name, email, password,
                               is_active, is_staff, is_superuser, date_joined)
        SELECT n, 'member-' || n, 'Member of ' || n, '', '!', true, false, false, now()
        FROM generate_series(1, %s) n
        """,
        [MEMBERS],
    )
    cursor.execute(
        """
        INSERT INTO library_category (id, name, slug, is_default)
        SELECT n, 'Category ' || n, 'category-' || n, n = 1 FROM generate_series(1, %s) n
        """,
        [CATEGORIES],
    )


def vocabulary() -> list[str]:
    """The words of the language, the most common first."""
    chance = random.Random(1)
    made_up = dict.fromkeys(made_up_word(chance) for _ in range(2 * WORDS))
    return list(made_up)[:WORDS]


def add_texts(cursor, shares):
    """A table of what each shared session says: made in Python, where words are easier."""
    chance, words = random.Random(2), vocabulary()
    cursor.execute("CREATE TEMPORARY TABLE texts (n bigint, title text, captions text[], run text)")
    with cursor.copy("COPY texts FROM STDIN") as copy:
        for n in range(1, shares + 1):
            title = some(words, WORDS_OF_TITLE, chance)
            captions = [some(words, WORDS_OF_CAPTION, chance) for _ in range(SLIDES)]
            copy.write_row((n, title, captions, line_of(run_of_characters(chance))))
    cursor.execute("ALTER TABLE texts ADD PRIMARY KEY (n)")
    cursor.execute("ANALYZE texts")


def made_up_word(chance):
    return "".join(chance.choice("bdfgklmnprstv") + chance.choice("aeiou") for _ in range(3))


def run_of_characters(chance):
    """As in Chinese: common and rare ones, without blanks."""
    return "".join(chr(0x4E00 + int(CHARACTERS ** chance.random())) for _ in range(RUN))


def some(words, number, chance):
    """The first words of the list are common, the last ones rare, as in any language."""
    return " ".join(words[int(len(words) ** chance.random()) - 1] for _ in range(number))


def add_shares(cursor, shares):
    n_shares = {"shares": shares, "members": MEMBERS, "categories": CATEGORIES}
    n_shares["subreddits"] = SUBREDDITS
    published = {
        "title": "title",
        "title_sort": "title",
        "words": "' ' || title || ' '",
        "subreddits": "jsonb_build_array('Sub' || n %% %(subreddits)s)",
        "category_id": "n %% %(categories)s + 1",
    }
    insert_sessions(
        cursor,
        "texts",
        n_shares,
        id="n",
        owner_id="n * 31 %% %(members)s + 1",
        is_public="true",
        **published,
    )
    # Of three in a hundred, which are withdrawn, there is none.
    insert_sessions(
        cursor,
        "texts WHERE n %% 100 >= 3",
        n_shares,
        id="n + %(shares)s",
        snapshot_of_id="n",
        slide_count=str(SLIDES),
        **published,
    )
    cursor.execute(
        """
        INSERT INTO community_communityshare
            (id, session_id, shared_at, withdrawn_at, hidden_at, public_before, allow_saves,
             allow_featuring, save_count, hot, snapshot_id, category_id)
        SELECT n, n, now() - random() * interval '2 years',
               CASE WHEN n %% 100 < 3 THEN now() END, CASE WHEN n %% 100 = 3 THEN now() END,
               true, true, false, 0, 0,
               CASE WHEN n %% 100 >= 3 THEN n + %(shares)s END,
               CASE WHEN n %% 100 >= 3 THEN n %% %(categories)s + 1 END
        FROM texts
        """,
        n_shares,
    )
    cursor.execute(
        """
        INSERT INTO community_searchentry (snapshot_id, words, creator, subreddits)
        SELECT n + %(shares)s, ' ' || title || ' ' || array_to_string(captions, ' ') || run,
               ' member of ' || (n * 31 %% %(members)s + 1) || ' ',
               jsonb_build_array('sub' || n %% %(subreddits)s)
        FROM texts WHERE n %% 100 >= 3
        """,
        n_shares,
    )
    cursor.execute(
        """
        INSERT INTO session_media
            (session_id, name, "order", media_type, caption, words, is_thumbnail, bucket, key,
             came_with_save, external_url, content_type, placeholder,
             source_post_id, source_post_url, subreddit)
        SELECT n + %(shares)s, gen_random_uuid(), slide - 1, 'image', captions[slide],
               ' ' || captions[slide] || ' ', false,
               '', '', false, 'https://example.org/' || n || '-' || slide || '.jpg', '', '',
               '', '', ''
        FROM texts CROSS JOIN generate_series(1, cardinality(captions)) slide
        WHERE n %% 100 >= 3
        """,
        n_shares,
    )


def insert_sessions(cursor, source, parameters, **fields):
    columns = SESSION | fields
    cursor.execute(
        f"INSERT INTO library_session ({', '.join(columns)})"
        f" SELECT {', '.join(columns.values())} FROM {source}",
        parameters,
    )


def add_saves(cursor, shares, saves, deadline):
    """Each share's savers are different people, since one person saves it once."""
    cursor.execute(
        """
        CREATE TEMPORARY TABLE popular AS
        SELECT rank * 7919 %% %(shares)s + 1 AS share,
               least(%(members)s, ceil(weight / sum(weight) OVER () * %(saves)s))::int AS saves,
               rank
        FROM (SELECT rank, power(rank + 100, -0.8) AS weight
              FROM generate_series(1, %(shares)s::bigint) rank) weighed
        """,
        {"shares": shares, "saves": saves, "members": MEMBERS},
    )
    saved = 0
    for chunk in range(CHUNKS):
        if time.monotonic() > deadline:
            break
        insert_sessions(
            cursor,
            "popular CROSS JOIN generate_series(1, saves) n WHERE rank %% %(chunks)s = %(chunk)s",
            {
                "chunks": CHUNKS,
                "chunk": chunk,
                "members": MEMBERS,
                "first": 2 * shares + chunk * 2 * saves,
            },
            id="%(first)s + row_number() OVER ()",
            owner_id="(share * 17 + n) %% %(members)s + 1",
            import_source="'community'",
            import_url="'community:' || share",
            is_manual_mode="true",
        )
        saved += cursor.rowcount
        cursor.execute(
            """
            UPDATE community_communityshare SET save_count = saves
            FROM popular WHERE share = id AND rank %% %s = %s
            """,
            [CHUNKS, chunk],
        )
    score_shares()
    return saved


def score_shares():
    from django.db.models import F

    from community.models import CommunityShare
    from community.ranking import hot_score

    hot = hot_score(save_count=F("save_count"), shared_at=F("shared_at"))
    CommunityShare.objects.update(hot=hot)
