from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's, but a cookie that cannot be a key finds no session: PostgreSQL fails on a NUL."""

    def _validate_session_key(self, key):
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()
