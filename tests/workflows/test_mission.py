"""The tasks of a mission: what is needed, what keeps each open, what may be ruled; against a hand-written table."""

from __future__ import annotations

from itertools import product

import pytest

from certify.workflows.dossier import LIFE, Action, Facts, State
from certify.workflows.mission import Known, Lack, Settled, Task, lack_of, rulings_on
from certify.workflows.permissions import Role
from tests.workflows.lives import refusal

NEEDED, NOT_NEEDED = Settled.NEEDED, Settled.NOT_NEEDED

EXPECTED = (
    # standing, systematic, made, ahead   needed   which sentence   what may be ruled
    ((None, False, 0, 0), None, "undecided", (NOT_NEEDED, NEEDED)),
    ((NEEDED, False, 0, 0), True, "undone", (NOT_NEEDED,)),
    ((NOT_NEEDED, False, 0, 0), False, None, (NEEDED,)),
    ((None, True, 0, 0), True, "undone", ()),
    ((NOT_NEEDED, True, 0, 0), True, "undone", ()),
    ((None, True, 1, 0), True, None, ()),
    ((None, False, 0, 1), True, "ahead", ()),
    ((None, False, 1, 1), True, "ahead", ()),
    ((None, False, 1, 0), True, None, ()),
    ((NOT_NEEDED, False, 0, 1), True, "ahead", ()),
)

SENTENCES = {
    Task.VISIT: {"undecided": Lack.VISIT_UNDECIDED, "undone": Lack.UNVISITED, "ahead": Lack.VISIT_AHEAD},
    Task.SAMPLING: {"undecided": Lack.SAMPLING_UNDECIDED, "undone": Lack.UNSAMPLED, "ahead": Lack.AT_LABORATORY},
}


@pytest.mark.parametrize("task", SENTENCES)
@pytest.mark.parametrize(("known", "needed", "lack", "rulings"), EXPECTED)
def test_what_keeps_a_visit_or_a_sample_open(task, known, needed, lack, rulings):
    known = Known(*known)
    assert (known.is_needed, rulings_on(task, known)) == (needed, rulings)
    assert lack_of(task, known) == (SENTENCES[task][lack] if lack else None)


def test_the_documents_are_closed_by_a_conclusion_alone():
    for standing, systematic in product((None, Settled.CONCLUDED), (False, True)):
        known = Known(standing, systematic)
        assert lack_of(Task.DOCUMENTS, known) == (None if standing else Lack.UNREAD)
        assert rulings_on(Task.DOCUMENTS, known) == (Settled.CONCLUDED,)


@pytest.mark.parametrize("lack", Lack)
@pytest.mark.parametrize(
    ("state", "action"), [(State.EXAMINATION, Action.SUBMIT_REPORT), (State.CONFORMITY, Action.PASS_OVER)]
)
def test_no_report_while_a_task_is_open_and_its_own_sentence_says_so(state, action, lack):
    good = {"has_report": True, "sanitary_is_valid": True, "applicant_asks_decision": True}
    assert refusal(LIFE, state, action, Role.RAPPORTEUR, Facts(**good)) is None
    assert refusal(LIFE, state, action, Role.RAPPORTEUR, Facts(**good, lacks=frozenset({lack}))) == lack.label
