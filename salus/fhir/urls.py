from django.urls import path, re_path

from salus.fhir import views

app_name = "fhir"
urlpatterns = [
    path("metadata", views.metadata, name="metadata"),
    re_path(r"^(?P<kind>[A-Z][A-Za-z]{2,40})/?$", views.of_type, name="type"),
    re_path(r"^(?P<kind>[A-Z][A-Za-z]{2,40})/_search/?$", views.search, name="search"),
    re_path(r"^(?P<kind>[A-Z][A-Za-z]{2,40})/(?P<identity>[A-Za-z0-9.-]{1,64})/?$", views.instance, name="instance"),
    re_path(r"^(?P<path>.*)$", views.nothing, name="nothing"),
]
