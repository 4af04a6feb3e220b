from django.urls import path

from salus.questionnaires.views import building, filling

app_name = "questionnaires"
urlpatterns = [
    path("", building.forms, name="forms"),
    path("new", building.draft_form, name="draft_form"),
    path("import", building.import_form, name="import_form"),
    path("<uuid:form_id>", building.form, name="form"),
    path("<uuid:form_id>/describe", building.describe_form, name="describe_form"),
    path("<uuid:form_id>/lines", building.add_line, name="add_line"),
    path("<uuid:form_id>/lines/<int:place>", building.line, name="line"),
    path("<uuid:form_id>/lines/<int:place>/move", building.move_line, name="move_line"),
    path("<uuid:form_id>/lines/<int:place>/copy", building.copy_line, name="copy_line"),
    path("<uuid:form_id>/lines/<int:place>/remove", building.remove_line, name="remove_line"),
    path("<uuid:form_id>/activate", building.activate_form, name="activate_form"),
    path("<uuid:form_id>/retire", building.retire_form, name="retire_form"),
    path("<uuid:form_id>/next", building.draft_version, name="draft_version"),
    path("<uuid:form_id>/copy", building.copy_form, name="copy_form"),
    path("<uuid:form_id>/export", building.export_form, name="export_form"),
    path("<uuid:form_id>/preview", building.preview_form, name="preview_form"),
    path("answers/<slug:value_set>", filling.find_answer, name="find_answer"),
    path("of/<uuid:patient_id>", filling.of_patient, name="of_patient"),
    path("of/<uuid:patient_id>/fill/<uuid:questionnaire_id>", filling.fill, name="fill"),
    path("of/<uuid:patient_id>/fill/<uuid:questionnaire_id>/save", filling.save_form, name="save_form"),
    path("of/<uuid:patient_id>/fill/<uuid:questionnaire_id>/sign", filling.sign_form, name="sign_form"),
    path("of/<uuid:patient_id>/fill/<uuid:questionnaire_id>/discard", filling.discard_form, name="discard_form"),
    path("of/<uuid:patient_id>/signed/<uuid:response_id>", filling.response, name="response"),
    path("of/<uuid:patient_id>/signed/<uuid:response_id>/print", filling.print_response, name="print_response"),
    path("of/<uuid:patient_id>/signed/<uuid:response_id>/amend", filling.amend, name="amend"),
    path("of/<uuid:patient_id>/signed/<uuid:response_id>/void", filling.void_form, name="void_form"),
]
