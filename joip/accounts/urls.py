from django.urls import path

from joip.accounts.export_views import ExportView
from joip.accounts.views import LoginView, LogoutView, PasswordView, RegisterView, UserView

urlpatterns = [
    path("auth/register", RegisterView.as_view()),
    path("auth/login", LoginView.as_view()),
    path("auth/logout", LogoutView.as_view()),
    path("auth/password", PasswordView.as_view()),
    path("auth/user", UserView.as_view()),
    path("auth/user/export", ExportView.as_view()),
]
