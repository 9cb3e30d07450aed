from django.urls import re_path

from joip.media.serving import serve

urlpatterns = [re_path(r"^(?P<bucket>general|user-media)/(?P<key>.+)$", serve)]
