from django.urls import path

from salus.workflows import views

app_name = "workflows"
urlpatterns = [
    path("failures", views.show_failures, name="failures"),
    path("failures/<int:job_id>/again", views.try_again, name="try_again"),
]
