from django.urls import path

from salus.messaging import views

app_name = "messaging"
urlpatterns = [
    path("", views.messages_log, name="log"),
    path("<uuid:message_id>", views.message, name="message"),
]
