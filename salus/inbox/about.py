"""What a message or a task is about, and the sensitivity labels that it has from there."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from django.db import connection

from salus.core.act import Act
from salus.core.errors import NotFound
from salus.inbox.models import Task
from salus.inbox.sockets import Subject, labelled, subjects
from salus.patients.access.labels import known

NOTHING = Subject("", ())


def subject_of(act: Act, patient_id: UUID | None, about: str) -> Subject:
    """The entry that is named as a source (`chart.note:<id>`), if this act may read it.

    :raises NotFound: for what there is not, is another patient's, or may not be read
    """
    if not about:
        return NOTHING
    kind, _colon, identity = about.partition(":")
    find = subjects.get(kind)
    if find is None or patient_id is None:
        raise NotFound
    try:
        entry_id = UUID(identity)
    except ValueError as error:
        raise NotFound from error
    hold([about])
    return find(act, patient_id, entry_id)


def hold(sources: Collection[str]) -> None:
    """Let nobody mark these entries until the act commits: who does waits, and then finds what was written about them.

    Before their labels are read, and before anything of the inbox is locked.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(hashtextextended(one, 0)) FROM unnest(%s::text[]) one",
            [sorted(set(sources))],
        )


def marks_of(sources: Collection[str]) -> dict[str, list[str]]:
    """What a task is about, with the labels that each has now, held (`hold`). One statement for each kind, and one.

    :raises KeyError: for a kind of which the inbox does not learn the labels
    """
    hold(sources)
    ids: dict[str, list[str]] = {}
    for one in sources:
        kind, _colon, identity = one.partition(":")
        ids.setdefault(kind, []).append(identity)
    return {
        f"{kind}:{identity}": list(labels)
        for kind, wanted in ids.items()
        for identity, labels in labelled[kind].objects.filter(id__in=wanted).values_list("id", "labels")
    }


def labels_in(marks: Mapping[str, Sequence[str]], own: Iterable[str] = ()) -> list[str]:
    """All labels of what a task is about, and those of its own."""
    return known([*own, *(label for labels in marks.values() for label in labels)])


def source_of(kind: str, entry_id: UUID) -> str:
    """An entry as a source, by the word that its address has for its kind: `note` is `chart.note:<id>`.

    :raises NotFound: for a word that is none
    """
    found = next((one for one in subjects if one.rpartition(".")[2] == kind), None)
    if found is None:
        raise NotFound
    return f"{found}:{entry_id}"


def a_task(act: Act, patient_id: UUID, task_id: UUID) -> Subject:
    """A task that this act may read, as what one writes about."""
    row = Task.objects.readable_by(act).filter(id=task_id, patient_id=patient_id).only("subject", "labels").first()
    if row is None:
        raise NotFound
    return Subject(row.subject, row.labels)
