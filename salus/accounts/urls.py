from django.urls import path

from salus.accounts.views import signing_in

app_name = "accounts"
urlpatterns = [
    path("sign-in", signing_in.sign_in, name="sign_in"),
    path("sign-out", signing_in.sign_out, name="sign_out"),
    path("sign-again", signing_in.sign_again, name="sign_again"),
    path("password", signing_in.change_password, name="password"),
]
