from django.urls import path

from salus.patients import views

app_name = "patients"
urlpatterns = [
    path("", views.search, name="search"),
    path("<uuid:patient_id>/", views.show, name="show"),
    path("<uuid:patient_id>/photo", views.photo, name="photo"),
]
