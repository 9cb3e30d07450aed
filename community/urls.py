from django.urls import re_path

from community.views import SaveView

urlpatterns = [
    # Whatever stands in the place of the id is answered as an id, blanks and newlines too.
    re_path(r"^sessions/(?P<community_session_id>(?s:.*))/save$", SaveView.as_view()),
]
