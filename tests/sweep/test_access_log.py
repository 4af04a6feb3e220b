"""Every act on a patient leaves exactly one entry for that patient, at every door and whatever the answer.

The witness judges after each request of every sweep; here all that can be seen and sent is seen and sent as it stands.
"""

import pytest

from salus.core import access
from tests.cast import form_key
from tests.sweep.conftest import addresses
from tests.sweep.routes import routes
from tests.sweep.sender import Sender
from tests.sweep.witness import Witness


@pytest.mark.guarantee("B20")
def test_every_act_on_a_patient_leaves_one_entry(world, foreign, browsers, programs, forms, witness, sender):
    """Pages, forms, papers, the FHIR interface; own and foreign patients; done, failed and refused."""
    for role, browser in browsers.items():
        for address in addresses(world):
            sender.send(browser, "GET", address, note=role)
    for role, form in forms:
        sender.send(browsers[role], "POST", form.action, data=form.fields | form_key(), note=role)
        sender.send(browsers["cashier"], "POST", form.action, data=form.fields | form_key(), note="cashier")
    for route in routes():
        if route.api:
            for ids in (world.ids, foreign.ids):
                sender.send(programs["doctor"], "GET", route.address(ids), note="program")
    assert witness.seen["shown"] > 40, witness.seen
    assert witness.seen["changed"] > 20, witness.seen
    assert witness.seen["named in the address"] > 100, witness.seen


def test_the_witness_would_see_a_door_that_keeps_silent(world, browsers, monkeypatch):
    """The check can fail: without the log each page of the patient is complained about."""
    monkeypatch.setattr(access, "write_log", lambda *args, **kwargs: None)
    sender = Sender(Witness(world))
    sender.send(browsers["doctor"], "GET", f"/chart/{world.patient.id}/")
    sender.send(browsers["doctor"], "GET", "/encounters/")
    sender.send(browsers["cashier"], "GET", f"/chart/{world.patient.id}/")
    assert len([what for what in sender.wrong if "entry" in what]) >= 2, sender.wrong
