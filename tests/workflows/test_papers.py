"""What a paper proves, as a whole table: every seal against every match."""

import pytest

from certify.workflows.papers import Difference, Finding, Match, PaperSeal, Since, judge

S, M, F, D = PaperSeal, Match, Finding, Difference

TABLE = {
    # what was issued: what each seal (intact, broken, foreign, missing) then comes to
    M.FILE: (F.GENUINE, F.GENUINE, F.GENUINE, F.GENUINE),
    M.WITHIN: (D.BEHIND, D.ADDED, D.ADDED, D.ADDED),
    M.BARE: (D.UNSEALED, D.UNSEALED, D.UNSEALED, D.UNSEALED),
    M.BEGINS: (D.CHANGED, D.CHANGED, D.CHANGED, D.CHANGED),
    M.CLAIMS: (F.UNRECORDED, D.CHANGED, F.FOREIGN, D.CHANGED),
    M.NONE: (F.UNRECORDED, D.CHANGED, F.FOREIGN, F.UNKNOWN),
}


@pytest.mark.parametrize("match", Match)
def test_every_pair_has_its_answer(match):
    seals = (S.INTACT, S.BROKEN, S.FOREIGN, S.MISSING)
    found = {D.BEHIND: F.GENUINE} | dict.fromkeys((D.ADDED, D.UNSEALED, D.CHANGED), F.ALTERED)
    expected = tuple((found[said], said) if said in found else (said, None) for said in TABLE[match])
    assert tuple(judge(seal, match) for seal in seals) == expected


@pytest.mark.parametrize(
    ("since", "finding"),
    [
        (Since(is_newest=False), F.SUPERSEDED),
        (Since(stands=False), F.OUTLIVED),
        (Since(is_alerted=True), F.ALERTED),
        (Since(is_corrected=True), F.CORRECTED),
        (Since(False, stands=False, is_alerted=True), F.OUTLIVED),
        (Since(False, is_alerted=True), F.ALERTED),
        (Since(False, is_corrected=True), F.SUPERSEDED),
    ],
)
def test_only_of_what_is_genuine_it_is_said_what_became_of_it(since, finding):
    plain = {judge(seal, match) for seal in S for match in M}
    then = {judge(seal, match, since) for seal in S for match in M}
    changed = {(kind, behind) for kind in (finding, F.GENUINE) for behind in (None, D.BEHIND)}
    assert then ^ plain == changed
