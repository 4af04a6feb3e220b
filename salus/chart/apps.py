from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from salus.core import rights
from salus.encounters import sockets as encounters
from salus.encounters.sockets import Focus, NextAct
from salus.patients import sockets as patients
from salus.patients.sockets import ChartTab, PatientAct
from salus.ui.sockets import HomeWorklist, NavItem, home_worklists, nav_items


class ChartConfig(AppConfig):
    name = "salus.chart"

    def ready(self) -> None:
        from salus.chart import home, phrases, registration, screens, vaccines  # noqa: PLC0415 - they reach models
        from salus.chart.queries import entries, timeline  # noqa: PLC0415

        rights.declare(
            {
                "chart.record_vitals": "Record vital signs",
                "chart.record_observation": "File final results and readings in the record",
                "chart.record_condition": "Record problems and diagnoses",
                "chart.record_allergy": "Record allergies",
                "chart.write_note": "Write and sign notes",
                "chart.write_medical_note": "Write and sign medical notes: visits, rounds, procedures, letters",
                "chart.cosign_note": "Sign notes of others too",
                "chart.show_letter": "Show signed letters to the patient at the patients' own door",
                "chart.file_letter": "Keep signed letters as documents",
                "chart.manage_templates": "Change the types of notes and how they are written",
                "chart.record_told_history": "Record the history that the patient tells",
                "chart.record_immunization": "Record vaccinations",
                "chart.manage_vaccines": "Change the vaccination schedule",
                "chart.record_history": "Record illnesses in the family, smoking, alcohol, occupation",
                "chart.keep_document": "Bring documents into the record",
                "chart.issue_certificate": "Sign and withdraw certificates",
                "chart.prove_certificate": "Tell whoever holds a certificate whether it is genuine",
                "chart.load_vaccines": "Load the vaccines and the public schedule",
            }
        )
        patients.chart_tabs += [
            ChartTab("summary", _("Summary"), "chart:summary", "patients.open", 10),
            ChartTab("timeline", _("Timeline"), "chart:timeline", "patients.open", 20),
            ChartTab("results", _("Results"), "chart:results", "patients.open", 30),
            ChartTab("observations", _("Observations"), "chart:observations", "patients.open", 40),
            ChartTab("notes", _("Notes"), "chart:notes", "patients.open", 50),
            ChartTab("problems", _("Problems"), "chart:problems", "patients.open", 60),
            ChartTab("allergies", _("Allergies"), "chart:allergies", "patients.open", 65),
            ChartTab("immunizations", _("Vaccinations"), "chart:immunizations", "patients.open", 67),
            ChartTab("histories", _("Family and life"), "chart:histories", "patients.open", 68),
            ChartTab("documents", _("Documents"), "chart:documents", "patients.open", 90),
        ]
        patients.patient_acts += [
            PatientAct("vitals", _("Vital signs"), "heart-pulse", "chart:record_vitals", "chart.record_vitals", 20),
            PatientAct("allergies", _("Allergies"), "shield-alert", "chart:allergies", "chart.record_allergy", 25),
            PatientAct(
                "immunization",
                _("Record a vaccination"),
                "syringe",
                "chart:record_immunization",
                "chart.record_immunization",
                27,
            ),
            PatientAct("document", _("Bring a document"), "upload", "chart:keep_document", "chart.keep_document", 45),
            PatientAct("note", _("Write a note"), "notebook-pen", "chart:write_note", "chart.write_note", 30),
            PatientAct(
                "told",
                _("What the patient tells"),
                "history",
                "chart:record_told_history",
                registration.ToldPart.right,
                40,
            ),
        ]
        phrases.plug_in()
        entries.offer_subjects()
        patients.timeline_sources.append(timeline.events)
        patients.registration_parts.append(registration.ToldPart())
        patients.allergy_strip.append(screens.allergy_strip)
        encounters.next_acts += [
            NextAct(
                ("arrived", "triaged"),
                "chart.write_medical_note",
                _("Call in"),
                10,
                move="in-progress",
                icon="door-open",
            ),
            NextAct(
                ("in-progress",), "chart.write_medical_note", _("Note"), 10, "chart:write_note", icon="notebook-pen"
            ),
            NextAct(("arrived",), "chart.record_vitals", _("Vitals"), 20, "chart:record_vitals", icon="heart-pulse"),
        ]
        encounters.focuses += [
            Focus("chart.write_medical_note", "here", 10, mine=True),
            Focus("chart.record_vitals", "arrived", 20),
        ]
        vaccines.plug_in_loaders()
        nav_items.append(NavItem(_("Vaccinations"), "syringe", "chart:overdue", "chart.record_immunization", order=45))
        nav_items.append(
            NavItem(_("Vaccination schedule"), "syringe", "chart:schedule", "chart.manage_vaccines", _("Office"), 55)
        )
        nav_items.append(
            NavItem(_("Types of notes"), "notebook-pen", "chart:note_types", "chart.manage_templates", _("Office"), 54)
        )
        home_worklists.append(HomeWorklist("chart.write_note", _("Drafts"), 20, home.render_drafts))
