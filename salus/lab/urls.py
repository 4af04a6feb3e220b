from django.urls import path

from salus.lab import views

app_name = "lab"
urlpatterns = [
    path("", views.worklist, name="worklist"),
    path("collect", views.to_collect, name="to_collect"),
    path("collect/<uuid:patient_id>", views.collect, name="collect"),
    path("specimens/<uuid:specimen_id>", views.specimen, name="specimen"),
    path("specimens/<uuid:specimen_id>/label", views.label, name="label"),
    path("requests/<uuid:request_id>", views.show_request, name="request"),
    path("requests/<uuid:request_id>/enter", views.enter_results, name="enter"),
    path("requests/<uuid:request_id>/reject", views.reject_specimen, name="reject"),
    path("requests/<uuid:request_id>/verify", views.verify_results, name="verify"),
    path("results/<uuid:result_id>/correct", views.correct_result, name="correct"),
]
