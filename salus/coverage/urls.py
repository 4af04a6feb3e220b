from django.urls import path

from salus.coverage import views

app_name = "coverage"
urlpatterns = [
    path("payers", views.payers, name="payers"),
    path("<uuid:patient_id>/new", views.record, name="record"),
    path("<uuid:coverage_id>/change", views.change, name="change"),
    path("<uuid:coverage_id>/end", views.end, name="end"),
    path("<uuid:coverage_id>/void", views.void, name="void"),
]
