from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's, but a cookie that is no key signs nobody in; PostgreSQL stumbles over a NUL."""

    def _validate_session_key(self, key):
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()
