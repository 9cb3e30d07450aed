"""Files that people send: what they are, what is taken out of them, and their smaller pictures.

`reading` hands a file to a process of its own (`readers`, `child`). There `kinds` says what it is,
or refuses it. `pictures` and `videos` decode it, so that it can be shown, and set the bounds of
sizes. `jpeg`, `png`, `gif`, `webp`, `heic` and, of videos, `videos` and `sei` write what is kept:
places, cameras and names go. `renditions` makes the smaller pictures.
"""
