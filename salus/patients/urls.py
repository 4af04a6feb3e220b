from django.urls import path

from salus.patients import views

app_name = "patients"
urlpatterns = [
    path("", views.search, name="search"),
    path("new", views.register, name="register"),
    path("new/start", views.start, name="start"),
    path("new/likely", views.likely, name="likely"),
    path("new/number-row", views.number_row, name="number_row"),
    path("<uuid:patient_id>/", views.show, name="show"),
    path("<uuid:patient_id>/edit", views.edit, name="edit"),
    path("<uuid:patient_id>/photo", views.photo, name="photo"),
]
