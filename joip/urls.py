from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import TemplateView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from community.pages import shared
from joip import local_media
from joip.accounts import LoginView, LogoutView, PasswordView, RegisterView, UserView

SAFE = ["get", "head"]

urlpatterns = [
    path("", TemplateView.as_view(template_name="home.html"), name="home"),
    path("admin/", admin.site.urls),
    path("shared/<str:code>", shared, name="shared"),
    re_path(r"^media/(?P<bucket>general|user-media)/(?P<key>.+)$", local_media.serve),
    path("api/auth/register", RegisterView.as_view()),
    path("api/auth/login", LoginView.as_view()),
    path("api/auth/logout", LogoutView.as_view()),
    path("api/auth/password", PasswordView.as_view()),
    path("api/auth/user", UserView.as_view()),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="schema", http_method_names=SAFE)),
    path("api/", include("sessions.urls")),
    path("api/", include("credits.urls")),
    path("api/", include("community.urls")),
]
