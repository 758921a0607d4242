"""Admissibility: the check, the one complement, the act of two people, the rapporteur without an interest."""
# ruff: noqa: F811

from datetime import timedelta

import pytest
from sqlalchemy import select

from certify.models import Declaration, Inadmissibility
from certify.models.document import Standing
from certify.models.meeting import Interest
from certify.operations import admissibility
from certify.queries.admissibility import find_inadmissibility, list_complements, list_current_documents
from certify.queries.documents import list_papers
from certify.queries.dossiers import list_events
from certify.workflows.dossier import State
from certify.workflows.errors import AlreadyDone, NotAllowed, NotFound, Refused, Stale, WrongState
from tests.staged import clock, played, settled_sqlite, staged  # noqa: F401

POINTS = [("statutes", "Les statuts signés."), ("test_reports", "Un bulletin de moins d’un an.")]


@pytest.fixture
def document(staged, session):
    """A document of the file that nobody has checked."""
    return list_current_documents(session, staged("checking"))[0]


@pytest.fixture
def propose(staged, acting):
    def propose(name="carol", **more):
        words = {"ground": "out_of_scope", "reason": "Ce n’est pas un produit du terroir."} | more
        return admissibility.propose_inadmissibility(staged("checking"), **words, actor=acting(name))

    return propose


def last_event(session, dossier):
    return list_events(session, dossier)[-1]


def test_taking_up_begins_the_check(staged, acting, session):
    admissibility.take_up(staged("filed"), actor=acting("carol"))
    assert staged("filed").state is State.CHECKING
    assert last_event(session, staged("filed")).action == "take_up"


@pytest.mark.parametrize("name", ["alice", "mallory", "rachid", "pia", "bob", "sami", "aude", "adam"])
def test_only_the_secretariat_takes_up(staged, acting, name):
    with pytest.raises(NotAllowed):
        admissibility.take_up(staged("filed"), actor=acting(name))


def test_who_belongs_to_the_applicant_does_not_take_up(staged, acting, user):
    user("carol").organisation_id = staged("filed").organisation_id
    with pytest.raises(NotAllowed):
        admissibility.take_up(staged("filed"), actor=acting("carol"))


def test_check_is_written_with_who_and_when(document, acting, clock):
    admissibility.check_document(
        document, standing=Standing.NOT_CONFORMING, finding="Illisible.", actor=acting("carol")
    )
    assert (document.standing, document.finding) == (Standing.NOT_CONFORMING, "Illisible.")
    assert (document.checked_by_id, document.checked_at) == (acting("carol").id, clock())


def test_check_moves_nothing_but_makes_other_screens_stale(document, staged, acting, session):
    before, events = staged("checking").version, len(list_events(session, staged("checking")))
    admissibility.check_document(document, standing=Standing.CONFORMING, actor=acting("carol"), version=before)
    with pytest.raises(Stale):
        admissibility.declare_admissible(staged("checking"), actor=acting("dora"), version=before)
    assert len(list_events(session, staged("checking"))) == events


def test_check_taken_back_forgets_who(document, acting):
    admissibility.check_document(document, standing=Standing.CONFORMING, actor=acting("carol"))
    admissibility.check_document(document, standing=Standing.TO_CHECK, finding="oublié", actor=acting("carol"))
    assert (document.standing, document.finding, document.checked_by_id) == (Standing.TO_CHECK, None, None)


def test_nonconformity_needs_its_reason(document, acting):
    with pytest.raises(Refused):
        admissibility.check_document(document, standing=Standing.NOT_CONFORMING, actor=acting("carol"))
    assert document.standing is Standing.TO_CHECK


@pytest.mark.parametrize("name", ["alice", "rachid", "sami", "aude"])
def test_only_the_secretariat_checks(document, acting, name):
    with pytest.raises(NotAllowed):
        admissibility.check_document(document, standing=Standing.CONFORMING, actor=acting(name))


@pytest.mark.parametrize("stage", ["filed", "asked", "admissible", "signed"])
def test_documents_are_checked_during_the_check_alone(staged, acting, session, stage):
    document = list_current_documents(session, staged(stage))[0]
    with pytest.raises(WrongState):
        admissibility.check_document(document, standing=Standing.CONFORMING, actor=acting("carol"))


def test_document_of_another_dossier_is_unknown(staged, acting, session):
    other = list_current_documents(session, staged("answered"))[0]
    with pytest.raises(NotFound):
        admissibility.check_documents(
            staged("checking"), {other.id: (Standing.CONFORMING, None)}, actor=acting("carol")
        )


def test_incomplete_check_is_no_admission(staged, acting):
    with pytest.raises(Refused, match="conforming"):
        admissibility.declare_admissible(staged("checking"), actor=acting("carol"))


def test_admission_names_what_was_checked(staged, acting, session):
    admissibility.declare_admissible(staged("checked"), actor=acting("carol"))
    assert staged("checked").state is State.ADMISSIBLE
    kinds = [document.kind for document in list_current_documents(session, staged("checked")) if document.sha256]
    assert [named["name"] for named in last_event(session, staged("checked")).documents] == kinds


def test_complement_lists_what_is_wanted_until_a_day(staged, acting, session):
    admissibility.request_complement(staged("checking"), POINTS, "Merci.", actor=acting("carol"))
    [complement] = list_complements(session, staged("checking"))
    assert [(point.kind, point.wanted) for point in complement.points] == POINTS
    assert (complement.message, complement.due_on) == ("Merci.", acting("carol").today + timedelta(days=30))
    assert last_event(session, staged("checking")).facts["due_on"] == "2027-01-06"
    assert staged("checking").state is State.COMPLEMENT


def test_law_allows_one_complement(staged, acting, session):
    with pytest.raises(Refused, match="only one request"):
        admissibility.request_complement(staged("answered"), POINTS, actor=acting("carol"))
    assert len(list_complements(session, staged("answered"))) == 1


def test_complement_says_what_it_wants(staged, acting):
    with pytest.raises(Refused, match="at least one document"):
        admissibility.request_complement(staged("checking"), [], actor=acting("carol"))


def test_complement_wants_what_the_regulation_knows(staged, acting):
    with pytest.raises(NotFound):
        admissibility.request_complement(staged("checking"), [("passport", "Le vôtre.")], actor=acting("carol"))


@pytest.mark.parametrize("act", ["complement", "proposal"])
def test_late_file_is_deemed_complete_and_takes_no_other_way(staged, acting, clock, propose, act):
    clock.advance(days=40)
    with pytest.raises(Refused, match="deemed complete"):
        if act == "proposal":
            propose()
        else:
            admissibility.request_complement(staged("checking"), POINTS, actor=acting("carol"))


def test_proposal_moves_nothing(propose, staged, session):
    before = len(list_events(session, staged("checking")))
    propose()
    assert (staged("checking").state, len(list_events(session, staged("checking")))) == (State.CHECKING, before)


def test_proposal_rests_on_a_listed_ground(propose, staged, session):
    with pytest.raises(Refused, match="regulations list"):
        propose(ground="we_do_not_like_it")
    with pytest.raises(Refused, match="reason in writing"):
        propose(reason="")
    assert find_inadmissibility(session, staged("checking")) is None


def test_second_proposal_finds_the_first(propose):
    propose()
    with pytest.raises(AlreadyDone):
        propose("dora")


def test_nobody_signs_their_own_proposal(staged, acting):
    with pytest.raises(Refused, match="second person"):
        admissibility.sign_inadmissibility(staged("proposed"), actor=acting("carol"))
    assert staged("proposed").state is State.CHECKING


@pytest.mark.parametrize("name", ["sami", "aude", "pia", "alice"])
def test_second_signature_is_the_secretariats(staged, acting, name):
    with pytest.raises(NotAllowed):
        admissibility.sign_inadmissibility(staged("proposed"), actor=acting(name))


def test_second_signature_closes_the_file_with_its_letter(staged, acting, session):
    admissibility.sign_inadmissibility(staged("proposed"), actor=acting("dora"))
    act = find_inadmissibility(session, staged("proposed"))
    assert (staged("proposed").state, act.signed_by_id) == (State.INADMISSIBLE, acting("dora").id)
    event = last_event(session, staged("proposed"))
    assert (event.reason, event.facts) == (act.reason, {"ground": "out_of_scope", "proposed_by": act.proposed_by_id})
    assert [paper.kind for paper in list_papers(session, staged("proposed"))] == ["decision", "receipt"]


def test_act_is_signed_once(staged, acting):
    admissibility.sign_inadmissibility(staged("proposed"), actor=acting("dora"))
    with pytest.raises(AlreadyDone):
        admissibility.sign_inadmissibility(staged("proposed"), actor=acting("dora"))


@pytest.mark.parametrize("name", ["carol", "dora"])
def test_dropped_proposal_leaves_nothing(staged, acting, session, name):
    before = len(list_events(session, staged("proposed")))
    admissibility.drop_inadmissibility(staged("proposed"), actor=acting(name))
    session.flush()
    assert session.scalars(select(Inadmissibility)).all() == []
    assert len(list_events(session, staged("proposed"))) == before


def test_file_does_not_take_two_ways_at_once(staged, acting, session):
    conforming = {one.id: (Standing.CONFORMING, None) for one in list_current_documents(session, staged("proposed"))}
    admissibility.check_documents(staged("proposed"), conforming, actor=acting("dora"))
    with pytest.raises(Refused, match="sign it or drop it"):
        admissibility.declare_admissible(staged("proposed"), actor=acting("dora"))
    with pytest.raises(Refused, match="sign it or drop it"):
        admissibility.request_complement(staged("proposed"), POINTS, actor=acting("dora"))


def test_appointment_entrusts_the_examination(staged, acting, user, session):
    admissibility.appoint_rapporteur(staged("admissible"), rapporteur=user("rachid"), actor=acting("carol"))
    assert (staged("admissible").state, staged("admissible").rapporteur) == (State.EXAMINATION, user("rachid"))


def test_who_is_no_rapporteur_is_not_appointed(staged, acting, user):
    with pytest.raises(Refused, match="not a rapporteur"):
        admissibility.appoint_rapporteur(staged("admissible"), rapporteur=user("bob"), actor=acting("carol"))


def test_closed_account_is_not_appointed(staged, acting, user):
    user("rachid").is_active = False
    with pytest.raises(Refused, match="not a rapporteur"):
        admissibility.appoint_rapporteur(staged("admissible"), rapporteur=user("rachid"), actor=acting("carol"))


def test_rapporteur_of_the_applicant_is_set_aside(staged, acting, user):
    user("rachid").organisation_id = staged("admissible").organisation_id
    with pytest.raises(Refused, match="interest"):
        admissibility.appoint_rapporteur(staged("admissible"), rapporteur=user("rachid"), actor=acting("carol"))
    assert staged("admissible").rapporteur_id is None


def test_conflict_declared_on_another_dossier_of_the_applicant_counts(staged, acting, user, session, clock):
    item = session.scalars(select(Declaration.item_id)).first()
    session.add(
        Declaration(
            item_id=item,
            user_id=user("rachid").id,
            interest=Interest.CONFLICT,
            statement="Mon frère y travaille.",
            declared_at=clock(),
        )
    )
    with pytest.raises(Refused, match="interest"):
        admissibility.appoint_rapporteur(staged("admissible"), rapporteur=user("rachid"), actor=acting("carol"))
