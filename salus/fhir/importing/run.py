"""A whole import: many files, perhaps two processes, several passes, one report."""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import OperationalError, connection

from salus.core.act import Act, system_act
from salus.fhir.checking import Problem
from salus.fhir.importing import files, worker
from salus.fhir.importing.bundles import Bundle, Entry, NoBundle, bundle_of
from salus.fhir.importing.files import Found
from salus.fhir.importing.filing import Outcome, Place, file_bundle
from salus.fhir.importing.quarantine import keep_refused
from salus.fhir.mapping.context import Known
from salus.fhir.written import NotJson, decode

#: files in the hands of the workers at once: enough to keep them busy, few enough to stay in memory
_AHEAD = 4


@dataclass(frozen=True, slots=True)
class Refusal:
    """One line of the file of refusals."""

    file: str
    place: str
    type: str
    reason: str


@dataclass(slots=True)
class Report:
    """What became of everything: counts by (type, what), and what was refused. It travels between processes."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    files: int = 0
    unreadable: int = 0
    waiting: list[Found] = field(default_factory=list)

    def add(self, other: Report) -> None:
        self.counts += other.counts
        self.refusals += other.refusals
        self.files += other.files
        self.unreadable += other.unreadable
        self.waiting += other.waiting

    @property
    def resources(self) -> int:
        return self.counts.total()


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker has to know."""

    facility_id: UUID
    is_last_pass: bool = False


Told = Callable[[Report], None]


def import_files(found: Iterable[Found], *, facility_id: UUID, workers: int, tell: Told) -> Iterator[Refusal]:
    """Import files, in passes: what refers to something that has not come yet is tried again after all the others.

    :param tell: called with the report of each file
    :return: the refusals, as they arise
    """
    job, waiting = Job(facility_id), iter(found)
    while True:
        again: list[Found] = []
        count = 0
        for report in _one_pass(job, waiting, workers):
            count += 1
            again += report.waiting
            tell(report)
            yield from report.refusals
        if not again:
            return
        # No progress: what they wait for will not come.
        job = replace(job, is_last_pass=job.is_last_pass or len(again) == count)
        waiting = iter(again)


def _one_pass(job: Job, found: Iterator[Found], workers: int) -> Iterator[Report]:
    first = list(islice(found, workers * 2))
    if workers < 2 or len(first) < workers * 2:
        known = Known.load()
        for one in (*first, *found):
            yield import_file(job, one, known)
        return
    connection.close()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=worker.set_up) as pool:
        running: set[Future[Report]] = {pool.submit(import_file, job, one) for one in first}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(import_file, job, one) for one in islice(found, workers * _AHEAD - len(running))}
            for future in done:
                yield future.result()


#: in a worker process: the codes that we know, read once
_worker_known: list[Known] = []


def learn() -> None:
    """Read the codes that we know, once for a worker process."""
    _worker_known.append(Known.load())


def import_file(job: Job, found: Found, known: Known | None = None) -> Report:
    """Import one file; whatever is wrong with it is in the report."""
    # A bundle is a large tree without cycles: the collector would only walk it, again and again.
    gc.disable()
    try:
        return _import_file(job, found, known or _worker_known[0])
    finally:
        gc.enable()


def _import_file(job: Job, found: Found, known: Known) -> Report:
    act = system_act(rights={"fhir.import"}, door="command:import_fhir", facility_id=job.facility_id)
    report = Report(files=1)
    with connection.cursor() as cursor:
        # Nobody waits for this before a screen: the limit of everyday statements does not fit it.
        cursor.execute("SET statement_timeout = '10min'")
    try:
        portions = _lines(found) if ".ndjson" in found.path else [_whole(found)]
        for content, bundle in portions:
            digest = hashlib.blake2b(content, digest_size=16).hexdigest()
            place = Place(found.source, digest, is_last_pass=job.is_last_pass)
            outcome = file_bundle(act, bundle, place, known)
            _note(act, report, found, outcome, bundle, content)
    except files.Unreadable as error:
        report.unreadable = 1
        report.refusals.append(Refusal(found.path, "", "", str(error)))
    except (NotJson, NoBundle) as error:
        _note_whole(act, report, found, str(error))
    except OperationalError:
        raise  # the database is gone: no file's fault, and no use in going on
    except Exception as error:  # a mistake of ours must not keep the other files out
        _note_whole(act, report, found, f"Salus failed on it ({_where(error)}): please report this")
    if report.waiting:
        return Report(files=1, waiting=[found])
    return report


def _where(error: Exception) -> str:
    """The kind of a mistake of ours and its place; never its message, which may quote the record."""
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if "salus" in frame.filename]
    last = places[-1] if places else None
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}" if last else type(error).__name__


def _whole(found: Found) -> tuple[bytes, Bundle]:
    content = files.read(found.path)
    return content, bundle_of(decode(content, unique_keys=True))


def _lines(found: Found) -> Iterator[tuple[bytes, Bundle]]:
    for portion in files.read_lines(found.path):
        entries = [_line(number, line) for number, line in portion]
        yield b"".join(line for _, line in portion), Bundle(entries, is_whole=False)


def _line(number: int, line: bytes) -> Entry:
    place = f"line {number}"
    try:
        resource = decode(line, unique_keys=True)
    except NotJson as error:
        return Entry(place, {}, problems=[Problem(place, f"is no JSON ({error})")])
    if type(resource) is not dict:
        return Entry(place, {}, problems=[Problem(place, "is no JSON object")])
    name = resource.get("resourceType")
    return Entry(place, resource, type=name if type(name) is str else "")


def _note(act: Act, report: Report, found: Found, outcome: Outcome, bundle: Bundle, content: bytes) -> None:
    if outcome.waits:
        report.waiting.append(found)
        return
    report.counts += outcome.counts
    if outcome.refused:
        keep_refused(act, found.path, outcome, content)
    for entry in outcome.refused:
        reason = "; ".join(map(str, entry.problems))
        if outcome.is_whole:
            reason += f" (a transaction: none of its {len(bundle.entries)} entries was filed)"
        report.refusals.append(Refusal(found.path, entry.place, entry.type, reason))


def _note_whole(act: Act, report: Report, found: Found, reason: str) -> None:
    report.counts["(no resource)", "rejected"] += 1
    report.refusals.append(Refusal(found.path, "", "", reason))
    content = files.read(found.path)
    entry = Entry("", {}, problems=[Problem("", reason)])
    keep_refused(act, found.path, Outcome(refused=[entry], is_whole=True), content)
