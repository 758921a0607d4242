"""What a member says of one item."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from certify.forms.ballot import BallotForm, Declared, InterestForm, Vote
from certify.workflows.voting import Choice


def ballot(*offered, **typed):
    form = BallotForm(MultiDict(typed))
    form.offer(offered or tuple(Choice))
    return form


@pytest.mark.parametrize(
    ("typed", "vote"),
    [
        ({"choice": "favourable"}, Vote(Choice.FAVOURABLE, None)),
        ({"choice": "abstention", "statement": "  "}, Vote(Choice.ABSTENTION, None)),
        ({"choice": "adjourn", "statement": " Une analyse "}, Vote(Choice.ADJOURN, "Une analyse")),
        ({"choice": "unfavourable", "statement": "Origine"}, Vote(Choice.UNFAVOURABLE, "Origine")),
    ],
)
def test_a_ballot_is_a_choice_and_its_words(app, typed, vote):
    form = ballot(**typed)
    assert (form.validate(), form.result()) == (True, vote)


@pytest.mark.parametrize("choice", ["favourable_with_reservations", "unfavourable", "adjourn"])
def test_some_votes_need_words(app, choice):
    form = ballot(choice=choice)
    assert (form.validate(), list(form.errors)) == (False, ["statement"])


@pytest.mark.parametrize("choice", ["favourable", "abstention"])
def test_the_others_take_none(app, choice):
    form = ballot(choice=choice, statement="Sauf l’étiquette")
    assert (form.validate(), list(form.errors)) == (False, ["statement"])


@pytest.mark.parametrize("typed", [{}, {"choice": "favourable"}, {"choice": "perhaps"}])
def test_only_what_is_offered_may_be_chosen(app, typed):
    form = ballot(Choice.UNFAVOURABLE, Choice.ABSTENTION, **typed)
    assert (form.validate(), list(form.errors)) == (False, ["choice"])


def test_an_interest_is_none_or_a_conflict_that_is_stated(app):
    none = InterestForm(MultiDict({"interest": "none"}))
    conflict = InterestForm(MultiDict({"interest": "conflict", "statement": "Ma cousine y travaille"}))
    assert (none.validate(), none.result()) == (True, Declared("none", None))
    assert (conflict.validate(), conflict.result()) == (True, Declared("conflict", "Ma cousine y travaille"))


@pytest.mark.parametrize("typed", [{}, {"interest": "conflict"}, {"interest": "none", "statement": "Ma cousine"}])
def test_an_unclear_interest_is_asked_again(app, typed):
    assert not InterestForm(MultiDict(typed)).validate()
