"""One patient's visit, from the door to the paid bill, each step by whoever does it, over HTTP."""

import hashlib
import time
from dataclasses import dataclass

from tests.chaos.staff import GaveUp, Person
from tests.sweep.routes import Form, forms_on

#: all patients of the run have this given name; their family names are as unlike each other as those of a town
GIVEN = "Chaosrun"
_CHARGES = 3
_SYLLABLES = [first + second for first in "bdfghklmnprstvwz" for second in ("a", "e", "i", "o", "u", "an", "er", "il")]
_ON_THEIR_WAY = "on their way"


@dataclass(frozen=True)
class Catalogue:
    """What is ordered: ids of the test and of the medicine's pack, its unit and route."""

    test_id: str
    test_code: str
    pack_id: str
    unit: str
    route: str
    department_id: str


@dataclass
class Visit:
    """The visit of patient `number`; what is typed follows from the number, so that it can be found again."""

    number: int
    staff: dict[str, Person]
    catalogue: Catalogue
    patient_id: str = ""
    payment: str = ""

    @property
    def family(self) -> str:
        return "".join(_SYLLABLES[byte % len(_SYLLABLES)] for byte in self._hash[:4]).capitalize()

    @property
    def _hash(self) -> bytes:
        return hashlib.sha256(str(self.number).encode()).digest()

    @property
    def systolic(self) -> int:
        return 100 + self.number % 40

    @property
    def result(self) -> int:
        return 1 + self.number % 9

    def play(self) -> None:
        """The whole visit.

        :raises GaveUp: where a step is not possible although the one before was acknowledged
        """
        self.register()
        self.check_in()
        self.vitals()
        self.write_note()
        self.order()
        self.collect()
        self.enter_and_verify()
        self.dispense()
        self.bill()

    def register(self) -> None:
        person = {
            "family": self.family,
            "given": GIVEN,
            "gender": "female",
            "birth_date": f"{1930 + self._hash[5] % 90}-{1 + self._hash[6] % 12:02}-{1 + self._hash[7] % 28:02}",
            "identifiers-TOTAL_FORMS": "1",
            "identifiers-INITIAL_FORMS": "0",
            "identifiers-0-kind": "national",
            "identifiers-0-value": f"CH{self.number:08}",
        }
        shown = self._post("reception", "register", "/patients/new", person)
        self.patient_id = shown.strip("/").split("/")[1]

    def check_in(self) -> None:
        fields = {
            "department": self.catalogue.department_id,
            "practitioner": "",
            "service": "consultation-general-practice-first",
            "reason": "Cough",
        }
        self._post("reception", "check in", f"/encounters/start/{self.patient_id}", fields)

    def vitals(self) -> None:
        signs = {"systolic": str(self.systolic), "diastolic": "76", "pulse": "72"}
        self._post("nurse", "vitals", f"/chart/{self.patient_id}/vitals", signs)

    def write_note(self) -> None:
        form = self._form("doctor", f"/chart/{self.patient_id}/note", f"/chart/{self.patient_id}/note/sign")
        told = {"history": f"Cough, told by {self.family}.", "diagnosis": "J18.9", "add": ""}
        kept = {name: form.fields[name] for name in ("visit", "version", "writer")}
        self._post("doctor", "sign note", form.action, kept | told)

    def order(self) -> None:
        page, known = f"/orders/{self.patient_id}/new", self.catalogue
        test = {"what": f"test:{known.test_id}", "priority": "routine"}
        self._post("doctor", "draft test", f"{page}/add", test)
        medicine = {
            "what": f"medicine:{known.pack_id}",
            "dose": "1",
            "dose_unit": known.unit,
            "route": known.route,
            "times": "1/d",
            "duration_days": "5",
            "quantity": "",
            "priority": "routine",
        }
        self._post("doctor", "draft medicine", f"{page}/add", medicine)
        form = self._form("doctor", page, f"{page}/sign")
        kept = {name: form.fields[name] for name in ("line", "encounter_id")}
        self._post("doctor", "sign orders", form.action, kept)

    def collect(self) -> None:
        form = self._form("nurse", f"/lab/collect/{self.patient_id}", f"/lab/collect/{self.patient_id}")
        self.request_id = form.fields["request_ids"][0]
        self._post("nurse", "collect", form.action, {"request_ids": [self.request_id]})

    def enter_and_verify(self) -> None:
        page = f"/lab/requests/{self.request_id}"
        form = self._form("labtech", f"{page}/enter", f"{page}/enter")
        values = {"version": form.fields["version"], f"value-{self.catalogue.test_code}": str(self.result)}
        self._post("labtech", "enter", form.action, values)
        form = self._form("pathologist", f"{page}/verify", f"{page}/verify")
        self._post("pathologist", "verify", form.action, {"version": form.fields["version"]})

    def dispense(self) -> None:
        page = self._prescription()
        form = self._form("pharmacist", page, page)
        names = ("item_id", "quantity", "version", "department_id")
        kept = {name: form.fields[name] for name in names if name in form.fields}
        self._post("pharmacist", "dispense", form.action, kept)

    def _prescription(self) -> str:
        """The way to this patient's prescription, from the pharmacy's worklist."""
        page = self.staff["pharmacist"].get("/pharmacy/")
        row = next((row for row in page.split("<tr") if self.family.upper() in row.upper()), None)
        if row is None:
            raise GaveUp(f"{self.family} is not on the pharmacy's worklist")
        return "/pharmacy/" + row.partition('href="/pharmacy/')[2].partition('"')[0]

    def bill(self) -> None:
        page = f"/billing/patients/{self.patient_id}"
        form = self._form("cashier", page, f"{page}/issue", complete=True)
        invoice = self._post("cashier", "issue", form.action, {"charge_ids": form.fields["charge_ids"]})
        form = self._form("cashier", invoice, f"{invoice}/pay")
        fields = {"method": "cash", "amount": form.fields["amount"], "version": form.fields["version"]}
        self.payment = self._post("cashier", "pay", form.action, fields | {"tendered": form.fields["amount"]})

    def _post(self, username: str, what: str, path: str, fields: dict) -> str:
        return self.staff[username].post(self.number, what, path, fields | {"patient_id": self.patient_id})

    def _form(self, username: str, page: str, action: str, *, complete: bool = False) -> Form:
        """The form of a page; `complete`: once all that this visit costs has arrived on it, as a cashier waits."""
        until = time.monotonic() + self.staff[username].patience
        while True:
            shown = self.staff[username].get(page)
            form = next((one for one in forms_on(shown, page) if one.action == action), None)
            arrived = len(form.fields.get("charge_ids", ())) if form else 0
            if form and (not complete or (arrived >= _CHARGES and _ON_THEIR_WAY not in shown)):
                return form
            if not complete or time.monotonic() > until:
                raise GaveUp(f"{username} finds no form at {page} (charges: {arrived})")
            time.sleep(0.25)
