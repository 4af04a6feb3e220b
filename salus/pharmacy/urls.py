from django.urls import path

from salus.pharmacy import views

app_name = "pharmacy"
urlpatterns = [
    path("", views.worklist, name="worklist"),
    path("<uuid:prescription_id>/dispense", views.dispense, name="dispense"),
    path("<uuid:prescription_id>/propose", views.propose, name="propose"),
    path("given/<uuid:dispense_id>", views.given, name="given"),
    path("given/<uuid:dispense_id>/label.pdf", views.label, name="label"),
]
