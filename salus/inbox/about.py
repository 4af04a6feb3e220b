"""What a message or a task is about, and the sensitivity labels that it has from there."""

from uuid import UUID

from salus.core.act import Act
from salus.core.errors import NotFound
from salus.inbox.models import Task
from salus.inbox.sockets import Subject, subjects

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
    return find(act, patient_id, entry_id)


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
