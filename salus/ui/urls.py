"""Routes of the ui room."""

from django.urls import include, path

from salus.ui import views

in_room = [
    path("", views.specimen_page, name="specimen"),
    path("find", views.find, name="find"),
    path("options", views.specimen_options, name="specimen_options"),
    path("form", views.specimen_form, name="specimen_form"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("ui/", include((in_room, "ui"))),
]
