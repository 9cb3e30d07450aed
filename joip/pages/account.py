"""The page of one's own account, and what its forms do."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from joip.accounts.open_sign_ins import NO_ADDRESS, open_sign_ins
from joip.pages.account_forms import (
    DeletionForm,
    EmailForm,
    NameForm,
    OwnForm,
    PasswordForm,
    SignOutOthersForm,
)

FORMS: dict[str, type[OwnForm]] = {
    "name": NameForm,
    "email": EmailForm,
    "password": PasswordForm,
    "sign-ins": SignOutOthersForm,
    "deletion": DeletionForm,
}

# The first that the browser names itself by: each also names those after it.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "Windows": "Windows",
    "Mac OS": "a Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


@login_required
@require_safe
def account(request) -> HttpResponse:
    return page(request)


@sensitive_post_parameters()
@login_required
@require_POST
def change_account(request, part: str) -> HttpResponse:
    form = FORMS[part](request.POST, request=request)
    done = form.save() if form.is_valid() else None
    if done is None:
        return page(request, status=400, **{part: form})
    messages.success(request, done)
    return redirect("home" if part == "deletion" else "account")


def in_words(user_agent: str) -> str:
    """The browser and the system that it says it is."""
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), None)
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), None)
    if browser and system:
        return f"{browser} on {system}"
    return browser or user_agent.partition("/")[0] or "An unknown browser"


def page(request, *, status: int = 200, **answered: OwnForm) -> HttpResponse:
    """`answered` are forms that say what is wrong."""
    user = request.user
    forms = {
        "name": NameForm(request=request, initial={"name": user.display_name}),
        "email": EmailForm(request=request, initial={"email": user.unconfirmed_email}),
        "password": PasswordForm(request=request),
        "deletion": DeletionForm(request=request),
        **answered,
    }
    factors = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    sign_ins = list(open_sign_ins(user))
    for each in sign_ins:
        each.is_here = each.session_key == request.session.session_key
        each.address = "" if each.ip == NO_ADDRESS else each.ip
        each.browser = in_words(each.user_agent)
    context = {
        "forms": forms,
        "totp": next((each for each in factors if each.type == Authenticator.Type.TOTP), None),
        "codes": next((each for each in factors if each.type == "recovery_codes"), None),
        "passkeys": [each for each in factors if each.type == Authenticator.Type.WEBAUTHN],
        "sign_ins": sign_ins,
        "connected": list(user.socialaccount_set.all()),
    }
    return render(request, "pages/account.html", context, status=status)
