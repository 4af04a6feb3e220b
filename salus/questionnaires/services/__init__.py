"""Acts on forms: `from salus.questionnaires import services as questionnaires`."""

from salus.questionnaires.services.building import (
    add_line,
    change_line,
    copy_line,
    describe_form,
    move_line,
    remove_line,
)
from salus.questionnaires.services.filling import (
    AlreadyAmended,
    discard_response,
    file_response,
    sign_response,
    void_response,
    write_response,
)
from salus.questionnaires.services.versions import (
    AlreadyHere,
    NotReady,
    activate_form,
    copy_form,
    draft_form,
    draft_version,
    import_form,
    retire_form,
)

__all__ = [
    "AlreadyAmended",
    "AlreadyHere",
    "NotReady",
    "activate_form",
    "add_line",
    "change_line",
    "copy_form",
    "copy_line",
    "describe_form",
    "discard_response",
    "draft_form",
    "draft_version",
    "file_response",
    "import_form",
    "move_line",
    "remove_line",
    "retire_form",
    "sign_response",
    "void_response",
    "write_response",
]
