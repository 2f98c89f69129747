from django.urls import path

from portal.accounts.views import profile, sign_in

urlpatterns = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign-out"),
    path("profile/", profile.profile, name="profile"),
    path("profile/password/", profile.password, name="password"),
    path("profile/tokens/<int:token_id>/revoke/", profile.revoke, name="token-revoke"),
]
