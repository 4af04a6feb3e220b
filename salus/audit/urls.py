from django.urls import path

from salus.audit.views import alarms, entries, events, rights

app_name = "audit"
urlpatterns = [
    path("", entries.access, name="access"),
    path("export", entries.export, name="export"),
    path("patients/<uuid:patient_id>", entries.of_patient, name="of_patient"),
    path("people/<uuid:user_id>", entries.of_person, name="of_person"),
    path("entries/<int:entry_id>/proof", entries.proof, name="proof"),
    path("fhir/AuditEvent", events.search, name="events"),
    path("fhir/AuditEvent/<int:entry_id>", events.read, name="event"),
    path("alarms", alarms.alarms, name="alarms"),
    path("alarms/<uuid:alarm_id>", alarms.alarm, name="alarm"),
    path("alarms/<uuid:alarm_id>/review", alarms.review_alarm, name="review_alarm"),
    path("rights/<uuid:patient_id>", rights.rights, name="rights"),
    path("rights/<uuid:patient_id>/copy", rights.copy_for_people, name="copy_for_people"),
    path("rights/<uuid:patient_id>/copy.json", rights.copy_for_programs, name="copy_for_programs"),
    path("rights/<uuid:patient_id>/accounting", rights.accounting, name="accounting"),
    path("rights/<uuid:patient_id>/ask", rights.ask_amendment, name="ask_amendment"),
    path("rights/<uuid:patient_id>/<uuid:amendment_id>/answer", rights.answer_amendment, name="answer_amendment"),
]
