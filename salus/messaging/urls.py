from django.urls import path

from salus.messaging.views import log, mine, settling, wordings

app_name = "messaging"
urlpatterns = [
    path("", log.messages_log, name="log"),
    path("<uuid:message_id>", log.message, name="message"),
    path("parked", settling.parked, name="parked"),
    path("parked/again", settling.send_again, name="send_again"),
    path("parked/settle", settling.settle_message, name="settle"),
    path("templates", wordings.templates, name="templates"),
    path("templates/quiet-hours", wordings.set_quiet_hours, name="set_quiet_hours"),
    path("templates/<template>/<language>/<channel>", wordings.change_wording, name="change_wording"),
    path("templates/<template>/<language>/<channel>/preview", wordings.preview_wording, name="preview_wording"),
    path("templates/<template>/<language>/<channel>/reset", wordings.reset_wording, name="reset_wording"),
    path("mine", mine.mine, name="mine"),
    path("mine/subscribe", mine.subscribe_to_push, name="subscribe_to_push"),
    path("mine/<uuid:subscription_id>/end", mine.end_push, name="end_push"),
]
