from django.core.files.base import File
from django.core.files.storage import storages

from sessions.models import Session, SessionMedia


def add_media(
    *, session: Session, file: File, media_type: str, content_type: str, caption: str = ""
) -> SessionMedia:
    """Store the file in the session's place, and append the slide that shows it."""
    slide = SessionMedia(
        session=session,
        order=session.media.count(),
        media_type=media_type,
        caption=caption,
        bucket=session.bucket,
        key=file.name,
        content_type=content_type,
        size=file.size,
    )
    slide.key = storages[slide.bucket].save(slide.home_key, file)
    slide.save()
    return slide
