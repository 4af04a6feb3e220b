from django.urls import path

from salus.patients import views
from salus.patients.views import access, emergency, messages, sensitive

app_name = "patients"
urlpatterns = [
    path("", views.search, name="search"),
    path("new", views.register, name="register"),
    path("new/start", views.start, name="start"),
    path("new/likely", views.likely, name="likely"),
    path("new/number-row", views.number_row, name="number_row"),
    path("<uuid:patient_id>/", views.show, name="show"),
    path("<uuid:patient_id>/edit", views.edit, name="edit"),
    path("<uuid:patient_id>/photo", views.photo, name="photo"),
    path("<uuid:patient_id>/access", access.show_access, name="access"),
    path("<uuid:patient_id>/consents/new", access.record_consent, name="record_consent"),
    path("<uuid:patient_id>/consents/<uuid:consent_id>/withdraw", access.withdraw_consent, name="withdraw_consent"),
    path("<uuid:patient_id>/messages", messages.show_messages, name="messages"),
    path("<uuid:patient_id>/messages/preferences", messages.set_preferences, name="set_preferences"),
    path("<uuid:patient_id>/refer", access.refer_patient, name="refer"),
    path("<uuid:patient_id>/referrals/<uuid:relation_id>/end", access.end_referral, name="end_referral"),
    path("<uuid:patient_id>/protect", access.protect_patient, name="protect"),
    path("<uuid:patient_id>/emergency", emergency.break_glass, name="break_glass"),
    path("<uuid:patient_id>/emergency/end", emergency.end_glass, name="end_glass"),
    path("sensitive-codes", sensitive.sensitive_codes, name="sensitive_codes"),
    path("sensitive-codes/<uuid:code_id>", sensitive.set_sensitive_code, name="set_sensitive_code"),
    path("emergency", emergency.cases, name="cases"),
    path("emergency/<uuid:glass_id>", emergency.review_glass, name="review_glass"),
]
