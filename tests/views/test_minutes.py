"""Who sat approves the proposed minutes or remarks on them, the secretariat answers and signs, the president after."""

from __future__ import annotations

import pytest

from certify.extensions import db
from certify.models import Declaration, Message, MinutesProposal, MinutesRemark, Paper, UserRole
from certify.models.meeting import Interest
from certify.operations import meetings, minutes, proposals
from certify.workflows.meeting import State
from certify.workflows.permissions import Role
from certify.workflows.voting import Choice
from tests.decisions import attest
from tests.people import SEATS
from tests.scenes import once
from tests.sittings import Stage, at_work, of_visitor, on_stage, plain, seat_an_alternate_president  # noqa: F401


@pytest.fixture(name="proposed")
def of_proposed(stage):
    """The minutes of one approval, proposed."""
    once(drawn_up)
    return stage


def drawn_up(acting, clock):
    """Approve, and draw up the minutes."""
    stage = Stage(db.session, acting, clock)
    stage.decide(Choice.FAVOURABLE)
    meetings.close_meeting(stage.meeting, reason="Temps", actor=acting("pia"))
    minutes.draw_up_minutes(stage.meeting, actor=acting("carol"))


def at(stage, rest):
    return f"/meetings/{stage.meeting.id}/minutes{rest}"


def test_who_sat_approves_once_and_the_page_counts(proposed, visitor):
    bob = visitor("bob")
    assert "0 of the 4 who sat" in plain(bob.get(at(proposed, "")))
    version = proposed.meeting.version
    assert bob.post(at(proposed, "/approval"), version=version).status_code == 303
    assert bob.post(at(proposed, "/approval"), version=version).status_code == 409
    assert "1 of the 4 who sat" in plain(bob.get(at(proposed, "")))


@pytest.mark.parametrize(("name", "status"), [("carol", 403), ("mallory", 403), ("badr", 403), ("bob", 303)])
def test_only_who_sat_says_something_of_the_minutes(proposed, visitor, name, status):
    browser = visitor(name)
    remark = {"position": 1, "text": "Le vote a été plus long."}
    assert browser.post(at(proposed, "/remarks"), **remark).status_code == status
    assert proposed.session.query(MinutesRemark).count() == (status == 303)


def test_a_remark_stops_the_signature_until_it_is_answered(proposed, visitor):
    for name in SEATS:
        proposals.approve_minutes(proposed.meeting, actor=proposed.acting(name))
    bob, carol = visitor("bob"), visitor("carol")
    assert bob.post(at(proposed, "/remarks"), position=1, text="").status_code == 422
    unchosen = bob.post(at(proposed, "/remarks"), position="", text="Le débat est trop bref.")
    assert (unchosen.status_code, "Choose what it is about" in unchosen.text) == (422, True)
    assert f"Item 1 – {proposed.item.dossier.product.name_en or proposed.item.dossier.product.name_fr}" in unchosen.text
    bob.post(at(proposed, "/remarks"), position=1, text="Le débat est trop bref.")
    sign = at(proposed, "/attestation")
    refused = carol.post(sign, version=proposed.meeting.version)
    assert (refused.status_code, "still awaits the secretariat" in refused.text) == (422, True)
    remark = proposed.session.query(MinutesRemark).one().id
    assert carol.post(f"/meetings/remarks/{remark}", answer=" ").status_code == 422
    assert carol.post(f"/meetings/remarks/{remark}", answer="Il est conforme aux notes.").status_code == 303
    assert carol.post(f"/meetings/remarks/{remark}", answer="Encore.").status_code == 409
    assert carol.post(sign, version=proposed.meeting.version).status_code == 303
    assert proposed.meeting.state is State.MINUTES_ATTESTED


def test_silence_approves_after_the_days_of_the_regulation(proposed, visitor):
    carol = visitor("carol")
    sign = at(proposed, "/attestation")
    proposed.clock.advance(days=3)
    assert carol.post(sign, version=proposed.meeting.version).status_code == 422
    proposed.clock.advance(days=1)
    carol = visitor("carol")
    assert carol.post(sign, version=proposed.meeting.version).status_code == 303


def test_a_correction_between_the_two_signatures_drops_the_first(proposed, visitor):
    attest(proposed.meeting, proposed.acting)
    carol, pia = visitor("carol"), visitor("pia")
    taken = carol.post(at(proposed, "/correction"), version=proposed.meeting.version, reason="Le débat manquait")
    assert taken.status_code == 303
    carol.post(f"/meetings/items/{proposed.item.id}/debate", debate="On en a parlé.")
    carol.post(at(proposed, "/draft"), version=proposed.meeting.version)
    signature = f"/committee/meetings/{proposed.meeting.id}/signature"
    assert pia.post(signature, version=proposed.meeting.version).status_code == 409
    first, second = proposed.session.query(MinutesProposal).order_by(MinutesProposal.version)
    assert (second.changes, second.changed, second.signatures) == ("Le débat manquait", [1], [])
    assert (len(first.signatures), first.sha256 == second.sha256) == (1, False)
    assert proposed.session.query(Paper).filter(Paper.number.startswith("PV")).count() == 0


def test_one_person_does_not_sign_twice(proposed, visitor):
    pia = proposed.acting("pia").user
    pia.held_roles.append(UserRole(role=Role.SECRETARIAT))
    for name in SEATS:
        proposals.approve_minutes(proposed.meeting, actor=proposed.acting(name))
    proposals.attest_minutes(proposed.meeting, actor=proposed.acting("pia"))
    signature = f"/committee/meetings/{proposed.meeting.id}/signature"
    answer = visitor("pia").post(signature, version=proposed.meeting.version)
    assert (answer.status_code, "Two different people" in answer.text) == (422, True)


def test_the_paper_is_the_text_that_both_signed(proposed, visitor):
    attest(proposed.meeting, proposed.acting)
    answer = visitor("pia").post(
        f"/committee/meetings/{proposed.meeting.id}/signature", version=proposed.meeting.version
    )
    assert answer.status_code == 303
    proposal = proposed.session.query(MinutesProposal).one()
    paper = proposed.session.query(Paper).filter(Paper.number.startswith("PV")).one()
    assert proposal.sha256 in paper.facts
    assert [each.sha256 for each in proposal.signatures] == [proposal.sha256] * 2


def test_the_president_is_told_once_the_secretary_has_signed(proposed):
    seat_an_alternate_president(proposed)
    attest(proposed.meeting, proposed.acting)
    told = proposed.session.query(Message).filter_by(kind="minutes_attested").order_by(Message.recipient_id).all()
    assert [message.recipient.name for message in told] == ["Pia Test"]
    assert {message.facts["path"] for message in told} == {f"/committee/meetings/{proposed.meeting.id}/signature"}


def test_a_president_to_whom_a_dossier_is_closed_is_not_asked_to_sign(proposed):
    seat_an_alternate_president(proposed)
    conflict = {"interest": Interest.CONFLICT, "statement": "Parent", "declared_at": proposed.clock()}
    badr = proposed.acting("badr").user.id
    proposed.session.add(Declaration(item_id=proposed.item.id, user_id=badr, **conflict))
    attest(proposed.meeting, proposed.acting)
    told = proposed.session.query(Message).filter_by(kind="minutes_attested").all()
    assert [message.recipient.name for message in told] == ["Pia Test"]
