"""What a paper proves, as a whole table: every seal against every match."""

import pytest

from certify.workflows.papers import Difference, Finding, Match, PaperSeal, judge

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
    ("circumstance", "finding"), [({"is_newest": False}, F.SUPERSEDED), ({"stands": False}, F.OUTLIVED)]
)
def test_only_what_is_genuine_is_superseded_or_outlived(circumstance, finding):
    plain = {judge(seal, match) for seal in S for match in M}
    then = {judge(seal, match, **circumstance) for seal in S for match in M}
    changed = {(kind, behind) for kind in (finding, F.GENUINE) for behind in (None, D.BEHIND)}
    assert then ^ plain == changed
