from django.urls import path

from salus.places import views

app_name = "places"
urlpatterns = [
    path("departments", views.departments, name="departments"),
    path("departments/new", views.open_department, name="open_department"),
    path("departments/<uuid:department_id>", views.department, name="department"),
    path("departments/<uuid:department_id>/change", views.change_department, name="change_department"),
    path("departments/<uuid:department_id>/retire", views.retire_department, name="retire_department"),
    path("departments/<uuid:department_id>/locations", views.add_location, name="add_location"),
    path("locations/<uuid:location_id>/retire", views.retire_location, name="retire_location"),
]
