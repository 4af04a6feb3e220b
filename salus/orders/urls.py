from django.urls import path

from salus.orders.views import composer, record

app_name = "orders"
urlpatterns = [
    path("<uuid:patient_id>/", record.orders, name="orders"),
    path("<uuid:patient_id>/medicines", record.medicines, name="medicines"),
    path("<uuid:patient_id>/new", composer.compose, name="compose"),
    path("<uuid:patient_id>/new/search", composer.search, name="search"),
    path("<uuid:patient_id>/new/pick", composer.pick, name="pick"),
    path("<uuid:patient_id>/new/reckon", composer.reckon, name="reckon"),
    path("<uuid:patient_id>/new/add", composer.add, name="add"),
    path("<uuid:patient_id>/new/remove", composer.remove, name="remove"),
    path("<uuid:patient_id>/new/sign", composer.sign, name="sign"),
    path("order/<uuid:order_id>/stop", record.stop, name="stop"),
]
