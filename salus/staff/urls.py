from django.urls import path

from salus.staff import views

app_name = "staff"
urlpatterns = [
    path("", views.staff_list, name="list"),
    path("new", views.hire_staff, name="hire"),
    path("<uuid:staff_id>", views.profile, name="profile"),
    path("<uuid:staff_id>/profile", views.change_profile, name="change_profile"),
    path("<uuid:staff_id>/photo", views.photo, name="photo"),
    path("<uuid:staff_id>/change", views.change_staff, name="change"),
    path("<uuid:staff_id>/retire", views.retire_staff, name="retire"),
    path("<uuid:staff_id>/sign-in", views.give_sign_in, name="give_sign_in"),
    path("<uuid:staff_id>/roles", views.set_roles, name="set_roles"),
]
