from django.urls import path, re_path

from salus.fhir.views import bundles
from salus.fhir.views import resources as views

app_name = "fhir"
#: by it the access log knows whose id stands in the address
_OF_PATIENT = {"kind": "Patient"}
_ONE = r"(?P<kind>[A-Z][A-Za-z]{2,40})/(?P<identity>[A-Za-z0-9.-]{1,64})"
urlpatterns = [
    re_path(r"^$", bundles.bundle, name="bundle"),
    path("metadata", views.metadata, name="metadata"),
    path("Patient/<str:identity>/$everything", views.everything, _OF_PATIENT, name="everything"),
    path("Patient/<str:identity>/$summary", views.summary, _OF_PATIENT, name="summary"),
    path("Appointment/$find", views.find, name="find"),
    re_path(r"^(?P<kind>[A-Z][A-Za-z]{2,40})/?$", views.of_type, name="type"),
    re_path(r"^(?P<kind>[A-Z][A-Za-z]{2,40})/_search/?$", views.search, name="search"),
    re_path(r"^Binary/(?P<binary_id>[0-9a-f-]{36})/?$", views.binary, name="binary"),
    re_path(rf"^{_ONE}/?$", views.instance, name="instance"),
    re_path(rf"^{_ONE}/_history/?$", views.history, name="history"),
    re_path(rf"^{_ONE}/_history/(?P<number>[A-Za-z0-9.-]{{1,64}})/?$", views.version, name="version"),
    re_path(r"^(?P<path>[\s\S]*)$", views.nothing, name="nothing"),
]
