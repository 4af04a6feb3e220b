"""The demonstration's house: its departments, wards, rooms and beds, its staff, its prices, its stock."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.hashers import make_password

from salus.accounts.models import Grant, Role, User
from salus.catalog.loading import load_demonstration_prices
from salus.catalog.models import Price, Service
from salus.core.act import system_act
from salus.core.bulk import copy_rows
from salus.core.ids import SYSTEM
from salus.inventory.models import Item, Lot, Movement
from salus.places.models import Department, Facility, Location, Organization
from salus.simulator.names import CULTURES
from salus.staff.models import Practitioner, StaffMember

CURRENCY = "EUR"

#: code, name, kind, specialty, doctors
DEPARTMENTS = (
    ("opd", "General outpatients", "clinic", "general-practice", 3),
    ("med", "Internal medicine", "clinic", "internal-medicine", 3),
    ("paed", "Children's clinic", "clinic", "paediatrics", 2),
    ("ortho", "Orthopaedics", "clinic", "orthopaedics", 1),
    ("cardio", "Cardiology", "clinic", "cardiology", 1),
    ("derm", "Skin clinic", "clinic", "dermatology", 1),
    ("neuro", "Neurology", "clinic", "neurology", 1),
    ("psych", "Mental health", "clinic", "psychiatry", 1),
    ("em", "Emergency", "emergency", "emergency-medicine", 1),
    ("ward-a", "Ward A, medicine", "ward", "internal-medicine", 0),
    ("ward-b", "Ward B, surgery", "ward", "general-surgery", 0),
    ("lab", "Laboratory", "laboratory", "", 0),
    ("xray", "Imaging", "imaging", "", 0),
    ("pharm", "Pharmacy", "pharmacy", "", 0),
    ("cash", "Cash desk", "cash", "", 0),
    ("office", "Administration", "administration", "", 0),
)

#: sign-in, profession, role, department, given and family name: one for each role, and a doctor who learns
SIGN_INS = (
    ("reception", "receptionist", "receptionist", "opd", "Ruth", "Mwangi"),
    ("nurse", "nurse", "nurse", "opd", "Lin", "Tan"),
    ("doctor", "doctor", "doctor", "opd", "Chidi", "Okoye"),
    ("labtech", "laboratory-technician", "laboratory-technician", "lab", "Jonas", "Berg"),
    ("pathologist", "pathologist", "pathologist", "lab", "Mira", "Sato"),
    ("pharmacist", "pharmacist", "pharmacist", "pharm", "Inês", "Costa"),
    ("cashier", "cashier", "cashier", "cash", "Omar", "Haddad"),
    ("admin", "administrator", "administrator", "office", "Ada", "Lund"),
    ("privacy", "other", "privacy-officer", "office", "Sven", "Adler"),
    ("resident", "doctor", "doctor", "ward-a", "Elif", "Aydin"),
)
#: who of them is on a ward as well
ALSO = {"nurse": "ward-a", "doctor": "ward-a"}

#: profession -> how many more work here, and where
OTHERS = (("nurse", 8, "opd"), ("receptionist", 3, "opd"), ("laboratory-technician", 3, "lab"), ("pharmacist", 2, "pharm"),
          ("cashier", 2, "cash"), ("pathologist", 1, "lab"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hospital:
    """What the rest of the demonstration needs to know of the house."""

    facility: Facility
    departments: dict[str, Department]
    #: doctors by specialty
    doctors: dict[str, list[StaffMember]]
    #: price of a service by its code
    prices: dict[str, Decimal]
    services: dict[str, UUID]
    service_names: dict[str, str]


def build(chance: random.Random, at: datetime, password: str) -> Hospital:
    """Build the house: one short transaction of the caller's."""
    house = Organization.objects.create(name="Salus Demonstration Hospital", kind="prov")
    Organization.objects.bulk_create([Organization(name=n, kind="pay") for n in ("Northern Mutual", "Harbour Health")])
    facility = Facility.objects.create(
        organization=house, code="demo", name="Salus Demonstration Hospital", currency=CURRENCY
    )
    departments = _departments(facility)
    doctors = _staff(chance, facility, departments, at, password)
    services = dict(Service.objects.values_list("code", "id"))
    names = dict(Service.objects.values_list("code", "name"))
    prices = _prices(facility, at)
    _stock(chance, departments["pharm"], at)
    return Hospital(facility, departments, doctors, prices, services, names)


def _departments(facility: Facility) -> dict[str, Department]:
    made = [
        Department(facility=facility, code=code, name=name, kind=kind, specialty=specialty)
        for code, name, kind, specialty, _doctors in DEPARTMENTS
    ]
    Department.objects.bulk_create(made)
    rooms = []
    for department in made:
        if department.kind == "clinic":
            rooms += [Location(department=department, kind="room", code=f"R{n}", name=f"Room {n}") for n in (1, 2, 3)]
        if department.kind == "ward":
            rooms += _ward(department)
    Location.objects.bulk_create(rooms)
    return {department.code: department for department in made}


def _ward(department: Department) -> list[Location]:
    """A ward with two bays of six beds."""
    ward = Location(department=department, kind="ward", code="W", name=department.name)
    places = [ward]
    for bay in "AB":
        room = Location(department=department, part_of=ward, kind="room", code=f"Bay {bay}", name=f"Bay {bay}")
        places.append(room)
        places += [
            Location(department=department, part_of=room, kind="bed", code=f"{bay}{n}", name=f"Bed {bay}{n}")
            for n in range(1, 7)
        ]
    return places


def _staff(
    chance: random.Random, facility: Facility, departments: dict[str, Department], at: datetime, password: str
) -> dict[str, list[StaffMember]]:
    """Forty people: one sign-in for each role, doctors for each clinic, and their colleagues."""
    people: list[StaffMember] = []
    hashed = make_password(password, salt=f"{chance.getrandbits(96):024x}")
    for username, profession, role, place, given, family in SIGN_INS:
        user = User.objects.create(username=username, display_name=f"{given} {family}", password=hashed)
        Grant.objects.create(user=user, role=Role.objects.get(code=role), facility_id=facility.id)
        people.append(_member(facility, len(people), departments[place], profession, given, family, at, user))
        if username in ALSO:
            people[-1].department_ids.append(departments[ALSO[username]].id)
    for code, _name, _kind, specialty, doctors in DEPARTMENTS:
        already = 1 if code == "opd" else 0
        for _n in range(doctors - already):
            given, family = _name_of(chance)
            member = _member(facility, len(people), departments[code], "doctor", given, family, at)
            member.specialty = specialty
            people.append(member)
    for profession, number, place in OTHERS:
        for _n in range(number):
            given, family = _name_of(chance)
            people.append(_member(facility, len(people), departments[place], profession, given, family, at))
    people[2].specialty = "general-practice"
    people[len(SIGN_INS) - 1].specialty = "internal-medicine"
    for number, doctor in enumerate(one for one in people if one.profession == "doctor"):
        doctor.languages = ["en", ("sw", "fr", "es", "ar")[number % 4]]
        doctor.qualifications = [f"MD, {at.year - 12 - number % 9}"]
        kinds = ("first", "follow-up") if doctor.specialty != "emergency-medicine" else ()
        doctor.fee_codes = [f"consultation-{doctor.specialty}-{one}" for one in kinds]
    Practitioner.objects.bulk_create([p.practitioner for p in people])
    StaffMember.objects.bulk_create(people)
    doctors_by: dict[str, list[StaffMember]] = {}
    wards = {departments[code].id for code, _name, kind, *_rest in DEPARTMENTS if kind == "ward"}
    for person in people:
        if person.profession == "doctor" and person.department_ids[0] not in wards:
            doctors_by.setdefault(person.specialty, []).append(person)
    return doctors_by


def _name_of(chance: random.Random) -> tuple[str, str]:
    culture = chance.choice(CULTURES)
    return chance.choice(culture.female if chance.random() < 0.5 else culture.male), chance.choice(culture.family)


def _member(
    facility: Facility,
    number: int,
    department: Department,
    profession: str,
    given: str,
    family: str,
    at: datetime,
    user: User | None = None,
) -> StaffMember:
    title = "Dr" if profession in ("doctor", "pathologist") else ""
    registered = profession in ("doctor", "pathologist", "nurse", "pharmacist")
    return StaffMember(
        practitioner=Practitioner(family=family, given=given, title=title),
        user=user,
        facility=facility,
        staff_number=f"S{1001 + number}",
        profession=profession,
        registration_body="National register (invented)" if registered else "",
        registration_number=f"R{70001 + number}" if registered else "",
        languages=["en"],
        department_ids=[department.id],
        started_on=(at - timedelta(days=400 + 37 * number)).date(),
    )


def _prices(facility: Facility, at: datetime) -> dict[str, Decimal]:
    """The demonstration prices of the catalogue: what each service costs by its code."""
    load_demonstration_prices(system_act(rights={"catalog.manage_prices"}, door="demo", facility_id=facility.id, at=at))
    return dict(Price.objects.filter(facility=facility).values_list("service__code", "amount"))


def _stock(chance: random.Random, pharmacy: Department, at: datetime) -> None:
    """Two lots of every item, one of them soon to expire: what expires first is given first."""
    lots, movements = [], []
    for item in Item.objects.filter(is_active=True).order_by("code"):
        for number, days in enumerate((chance.randint(40, 200), chance.randint(300, 900))):
            quantity = Decimal(chance.randrange(100, 1500, 50))
            lot = Lot(
                item=item,
                department=pharmacy,
                lot_number=f"{chance.choice('ABCDEFGH')}{chance.randint(10000, 99999)}-{number}",
                expires_on=(at + timedelta(days=days)).date(),
            )
            lots.append(lot)
            movements.append(
                Movement(
                    lot=lot,
                    quantity=quantity,
                    kind="receive",
                    source=f"demo:{lot.lot_number}",
                    act_id=SYSTEM,
                    by_id=SYSTEM,
                    happened_at=at - timedelta(days=10),
                )
            )
    copy_rows(Lot, lots)
    copy_rows(Movement, movements)
