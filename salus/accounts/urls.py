from django.urls import path

from salus.accounts.views import locking, recovery, security, signing_in

app_name = "accounts"
urlpatterns = [
    path("sign-in", signing_in.sign_in, name="sign_in"),
    path("sign-in/second", signing_in.second_factor, name="second_factor"),
    path("sign-in/passkey/options", signing_in.passkey_options, name="passkey_options"),
    path("sign-in/passkey", signing_in.sign_in_by_passkey, name="sign_in_by_passkey"),
    path("recover", signing_in.recover, name="recover"),
    path("sign-out", signing_in.sign_out, name="sign_out"),
    path("sign-again", signing_in.sign_again, name="sign_again"),
    path("password", signing_in.change_password, name="password"),
    path("lock", locking.lock, name="lock"),
    path("locked", locking.locked, name="locked"),
    path("unlock", locking.unlock, name="unlock"),
    path("here", locking.here, name="here"),
    path("security", security.security, name="security"),
    path("security/app", security.begin_totp, name="begin_totp"),
    path("security/app/confirm", security.confirm_totp, name="confirm_totp"),
    path("security/app/revoke", security.revoke_totp, name="revoke_totp"),
    path("security/passkeys/options", security.new_passkey_options, name="new_passkey_options"),
    path("security/passkeys", security.add_passkey, name="add_passkey"),
    path("security/passkeys/<uuid:passkey_id>/revoke", security.revoke_passkey, name="revoke_passkey"),
    path("security/pin", security.set_pin, name="set_pin"),
    path("security/pin/revoke", security.revoke_pin, name="revoke_pin"),
    path("security/recovery-codes", security.recovery_codes, name="recovery_codes"),
    path("security/device", security.mark_device, name="mark_device"),
    path("security/sessions/<uuid:session_id>/end", security.end_session, name="end_session"),
    path("security/sessions/end-others", security.end_other_sessions, name="end_other_sessions"),
    path("users/<uuid:user_id>/security", recovery.user_security, name="user_security"),
    path("users/<uuid:user_id>/sessions/end", recovery.end_sessions_of, name="end_sessions_of"),
    path("users/<uuid:user_id>/recovery", recovery.ask_recovery, name="ask_recovery"),
    path("users/<uuid:user_id>/recovery/<uuid:recovery_id>/agree", recovery.agree_recovery, name="agree_recovery"),
]
