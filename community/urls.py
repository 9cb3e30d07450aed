from django.urls import re_path

from community.views import ReadView, SaveView

urlpatterns = [
    re_path(r"^sessions/(?P<pk>[^/]*)$", ReadView.as_view()),
    # Whatever stands in the place of the id is answered as an id, blanks and newlines too.
    re_path(r"^community/sessions/(?P<pk>(?s:.*))/save$", SaveView.as_view()),
]
