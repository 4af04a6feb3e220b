from django.urls import path

from salus.chart.views import allergies, growth, labels, notes, problems, reading, told, vitals

app_name = "chart"
urlpatterns = [
    path("find/condition", problems.find_condition, name="find_condition"),
    path("find/allergen", allergies.find_allergen, name="find_allergen"),
    path("<uuid:patient_id>/", reading.summary, name="summary"),
    path("<uuid:patient_id>/timeline", reading.show_timeline, name="timeline"),
    path("<uuid:patient_id>/results", reading.results, name="results"),
    path("<uuid:patient_id>/observations", reading.observations, name="observations"),
    path("<uuid:patient_id>/growth", growth.show_growth, name="growth"),
    path("<uuid:patient_id>/care", reading.care, name="care"),
    path("<uuid:patient_id>/documents", reading.documents, name="documents"),
    path("<uuid:patient_id>/vitals", vitals.record_vitals, name="record_vitals"),
    path("<uuid:patient_id>/problems", problems.problems, name="problems"),
    path("<uuid:patient_id>/problems/new", problems.record_condition, name="record_condition"),
    path("<uuid:patient_id>/problems/<uuid:condition_id>", problems.change_condition, name="change_condition"),
    path("<uuid:patient_id>/problems/<uuid:condition_id>/void", problems.void_condition, name="void_condition"),
    path("<uuid:patient_id>/allergies", allergies.allergies, name="allergies"),
    path("<uuid:patient_id>/allergies/new", allergies.record_allergy, name="record_allergy"),
    path("<uuid:patient_id>/allergies/none", allergies.confirm_no_allergies, name="confirm_no_allergies"),
    path("<uuid:patient_id>/allergies/<uuid:allergy_id>", allergies.change_allergy, name="change_allergy"),
    path("<uuid:patient_id>/allergies/<uuid:allergy_id>/refute", allergies.refute_allergy, name="refute_allergy"),
    path("<uuid:patient_id>/allergies/<uuid:allergy_id>/void", allergies.void_allergy, name="void_allergy"),
    path("<uuid:patient_id>/notes", notes.notes, name="notes"),
    path("<uuid:patient_id>/note", notes.write_note, name="write_note"),
    path("<uuid:patient_id>/note/draft", notes.save_draft, name="save_draft"),
    path("<uuid:patient_id>/note/diagnoses", notes.note_diagnoses, name="note_diagnoses"),
    path("<uuid:patient_id>/note/sign", notes.sign_note, name="sign_note"),
    path("<uuid:patient_id>/note/discard", notes.discard_draft, name="discard_draft"),
    path("<uuid:patient_id>/notes/<uuid:note_id>", notes.note, name="note"),
    path("<uuid:patient_id>/notes/<uuid:note_id>/addendum", notes.add_addendum, name="add_addendum"),
    path("<uuid:patient_id>/notes/<uuid:note_id>/void", notes.void_note, name="void_note"),
    path("<uuid:patient_id>/labels/<str:entry_kind>/<uuid:row_id>", labels.set_labels, name="labels"),
    path("<uuid:patient_id>/told", told.record_told_history, name="record_told_history"),
]
