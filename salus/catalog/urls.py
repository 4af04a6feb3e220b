from django.urls import path

from salus.catalog import views

app_name = "catalog"
urlpatterns = [
    path("services", views.services, name="services"),
    path("services/new", views.add_service, name="add_service"),
    path("services/<uuid:service_id>", views.service, name="service"),
    path("services/<uuid:service_id>/price", views.set_price, name="set_price"),
    path("services/<uuid:service_id>/length", views.set_length, name="set_length"),
]
