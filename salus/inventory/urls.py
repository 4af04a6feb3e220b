from django.urls import path

from salus.inventory import views

app_name = "inventory"
urlpatterns = [
    path("", views.stock, name="stock"),
    path("search", views.search, name="search"),
    path("find", views.find, name="find"),
    path("receive", views.receive_stock, name="receive"),
    path("items/<uuid:item_id>", views.item, name="item"),
    path("lots/<uuid:lot_id>/discard", views.discard_lot, name="discard"),
]
