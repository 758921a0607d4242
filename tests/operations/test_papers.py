"""What each paper says, gathered from the rows by the operation that it proves."""

from datetime import date

import pytest
from sqlalchemy import select

from certify.models import Licence, MinutesProposal, Paper
from certify.models.paper import PaperKind
from certify.operations.admissibility import propose_inadmissibility, request_complement, sign_inadmissibility, take_up
from certify.operations.corrections import reject_correction
from certify.operations.documents import hand_in
from certify.operations.dossiers import ask_decision, file_dossier
from certify.operations.evaluation import pass_over
from certify.operations.findings import raise_finding, require_conformity
from certify.operations.licences import sign_licence
from certify.operations.papers import issue_certificate, issue_decision, issue_minutes
from certify.operations.timekeeping import Due, settle
from certify.pdf.facts import Meeting as Cited
from certify.pdf.facts import from_json
from certify.pdf.tongues import Tongues
from certify.queries.evaluation import list_findings
from certify.workflows.errors import AlreadyDone, Refused, WrongState
from certify.workflows.voting import Choice
from tests.decisions import BASE_URL, accept, decide_together
from tests.factories import corrected, draft, filed, graded, reported, sections, store_in, under_examination
from tests.proofs import ISSUER
from tests.scenes import once

HELD = Cited("CH-2026-01", date(2026, 12, 7), "PV-CH-2026-01")


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


def authorised(acting, clock, store):
    dossier = reported(acting, store=store)
    decide_together(acting, clock, {dossier: Choice.FAVOURABLE})
    licence = accept(dossier, acting)
    sign_licence(licence, store=store, issuer=ISSUER, actor=acting("sami"))
    return licence


def read(session, number):
    paper = session.scalars(select(Paper).where(Paper.number == number)).one()
    return from_json(str(paper.kind), paper.facts)


def decision(session, dossier, second=""):
    return read(session, f"DEC-{dossier.number}{second}")


def pass_days(duty, dossier, acting, clock, times=12):
    """Let every day come on which the clock has something to do."""
    for _ in range(times):
        clock.advance(days=10)
        settle(Due(duty, dossier.id), actor=acting(None))


def test_the_receipt_says_what_was_received_and_by_when_it_is_checked(session):
    once(filed)
    receipt = read(session, "REC-DEM-2026-00001")
    assert receipt.applicant == Tongues("Coopérative Tighmi", "تعاونية تيغمي")
    assert (receipt.completeness_due_on, receipt.decision_days, receipt.demonstration) == (
        date(2026, 12, 23),
        60,
        False,
    )
    assert ("Bulletins d’analyses", "test_reports.pdf") in [(one.label.fr, one.file_name) for one in receipt.documents]


def test_an_explanation_is_received_as_a_document_is(session, acting):
    dossier = once(draft)
    hand_in(dossier, "area_map", explanation="Les ruches se déplacent.", actor=acting("alice"))
    file_dossier(dossier, is_engaged=True, actor=acting("alice"))
    documents = read(session, "REC-DEM-2026-00001").documents
    line = next(one for one in documents if one.label.fr == "Plan de l’aire de production")
    assert (line.file_name, line.size) == ("Explication écrite · توضيح مكتوب", 25)


def test_an_invented_holder_is_told_to_be_one(session, acting, store):
    acting("alice").user.organisation.is_demonstration = True
    dossier = reported(acting, store=store)
    assert read(session, f"REC-{dossier.number}").demonstration


def test_an_approval_cites_the_meeting_and_gives_no_appeal(session, acting, clock):
    dossier = once(reported)
    decide_together(acting, clock, {dossier: Choice.FAVOURABLE})
    letter = decision(session, dossier)
    assert (letter.outcome, letter.meeting, letter.reasons, letter.appeals) == ("approved", HELD, (), ())
    assert (letter.signatory.name.fr, letter.signatory.title.fr) == ("Pia Test", "Présidence du comité d’homologation")
    assert (letter.filed_on, letter.complete_on) == (date(2026, 11, 23), date(2026, 11, 23))


def test_a_refusal_gives_its_reasons_and_the_ways_to_contest(session, acting, clock):
    dossier = once(reported)
    decide_together(acting, clock, {dossier: Choice.UNFAVOURABLE})
    letter = decision(session, dossier)
    assert [(one.code, one.criterion.fr, one.fact.fr) for one in letter.reasons] == [
        ("general.origin", "Preuve de l’origine", "L’origine n’est pas établie.")
    ]
    assert [(one.kind, one.days) for one in letter.appeals] == [("review", 30), ("hierarchical", 30), ("court", 60)]


def test_a_refusal_lists_the_open_findings_on_what_it_cites(session, acting, clock):
    dossier = once(graded)
    for criterion in ("general.origin", "general.label"):
        due = {"grade": "minor", "due_on": date(2026, 12, 20)}
        raise_finding(dossier, statement=f"Point {criterion}.", criterion=criterion, **due, actor=acting("rachid"))
    require_conformity(dossier, actor=acting("rachid"))
    for finding in list_findings(session, dossier):
        corrected(finding, acting)
    cited = next(one for one in list_findings(session, dossier) if one.criterion == "general.origin")
    reject_correction(cited, reason="Rien ne le prouve.", actor=acting("rachid"))
    require_conformity(dossier, actor=acting("rachid"))
    ask_decision(dossier, actor=acting("alice"))
    pass_over(dossier, proposal="unfavourable", sections=sections("Tel quel."), actor=acting("rachid"))
    decide_together(acting, clock, {dossier: Choice.UNFAVOURABLE})
    [told] = decision(session, dossier).findings
    assert (told.code, told.text.fr, len(told.history)) == ("general.origin", "Point general.origin.", 5)
    assert told.history[0].fr.startswith("Sa correction a été demandée le 23")
    assert told.history[-1].fr.endswith("le point n’est pas résolu.")


def test_a_refusal_says_what_forbade_the_approval_when_the_vote_was_taken(session, acting, clock):
    dossier = once(reported)
    dossier.site.sanitary_valid_to = date(2026, 12, 1)
    decide_together(acting, clock, {dossier: Choice.UNFAVOURABLE})
    dossier.site.sanitary_valid_to = date(2029, 12, 31)
    fact = decision(session, dossier).blocking_facts[0]
    assert (fact.code, "1er\u00a0décembre\u00a02026" in fact.fact.fr) == ("sanitary_authorisation", True)
    assert fact.criterion.fr.startswith("Loi n° 28-07")


def test_reservations_have_their_last_day(session, acting, clock):
    dossier = once(reported)
    decide_together(acting, clock, {dossier: Choice.FAVOURABLE_WITH_RESERVATIONS})
    reservations = decision(session, dossier).reservations
    assert [(one.text.fr, one.due_on) for one in reservations] == [
        ("Corriger le poids net sur l’étiquette.", date(2027, 3, 7)),
        ("Fermer le pot.", date(2027, 3, 7)),
    ]


def test_reservations_not_lifted_give_a_second_letter(session, acting, clock):
    dossier = once(reported)
    decide_together(acting, clock, {dossier: Choice.FAVOURABLE_WITH_RESERVATIONS})
    pass_days("watch_reservations", dossier, acting, clock)
    letter = decision(session, dossier, "-2")
    assert (letter.outcome, letter.meeting, letter.blocking_facts) == ("refused", HELD, ())
    assert [one.code for one in letter.reasons] == ["reservations", "reservations"]
    assert "Corriger le poids net sur l’étiquette." in letter.reasons[0].fact.fr
    assert f"DEC-{dossier.number}" in letter.reasons[0].evidence.fr
    assert (letter.signatory.name.fr, letter.signatory.title.fr) == (
        "Secrétariat du comité d’homologation",
        "Par délégation",
    )
    assert decision(session, dossier).outcome == "approved_with_reservations"


def test_inadmissibility_states_its_ground_and_who_signed(session, acting):
    dossier = once(filed)
    take_up(dossier, actor=acting("carol"))
    reason = "Le produit est un détergent."
    propose_inadmissibility(dossier, ground="out_of_scope", reason=reason, actor=acting("carol"))
    sign_inadmissibility(dossier, actor=acting("dora"))
    letter = decision(session, dossier)
    assert (letter.outcome, letter.meeting, letter.complete_on) == ("inadmissible", None, None)
    assert [(one.code, one.fact.fr) for one in letter.reasons] == [("out_of_scope", reason)]
    assert (letter.signatory.name.fr, letter.signatory.title.fr) == (
        "Dora Test",
        "Secrétariat du comité d’homologation",
    )


def test_a_lapse_says_which_complement_never_came(session, acting, clock):
    dossier = once(filed)
    take_up(dossier, actor=acting("carol"))
    request_complement(dossier, [("statutes", "La page signée")], actor=acting("carol"))
    pass_days("remind_and_lapse", dossier, acting, clock)
    letter = decision(session, dossier)
    assert (letter.outcome, [one.code for one in letter.reasons]) == ("lapsed", ["complement_answer"])
    assert "23\u00a0décembre\u00a02026" in letter.reasons[0].fact.fr


def test_a_lapse_says_which_correction_never_came(session, acting, clock):
    dossier = once(under_examination)
    due_on = date(2026, 12, 20)
    raise_finding(dossier, grade="minor", statement="Le lot manque.", due_on=due_on, actor=acting("rachid"))
    require_conformity(dossier, actor=acting("rachid"))
    pass_days("remind_and_lapse", dossier, acting, clock)
    letter = decision(session, dossier)
    assert (letter.outcome, [one.code for one in letter.reasons]) == ("lapsed", ["conformity"])
    assert "Le lot manque." in letter.reasons[0].fact.ar


def test_nothing_is_written_where_nothing_was_decided(session, acting):
    dossier = once(filed)
    with pytest.raises(WrongState):
        issue_decision(dossier, actor=acting("carol"))
    assert session.scalars(select(Paper.kind)).all() == [PaperKind.RECEIPT]


def test_the_minutes_tell_each_item(session, acting, clock, store):
    approved, adjourned = reported(acting, store=store), reported(acting, store=store)
    decide_together(acting, clock, {approved: Choice.FAVOURABLE, adjourned: Choice.ADJOURN}, recused="bob")
    first, second = read(session, "PV-CH-2026-01").items
    assert (first.outcome, first.quorum.base, first.quorum.present) == ("approved", 3, 3)
    assert [(one.choice, one.count) for one in first.totals if one.count] == [("favourable", 3)]
    assert [(one.person.fr, one.nature.fr) for one in first.interests] == [("Bob Test", "Parent d’une adhérente")]
    assert (second.outcome, second.adjournment.expected.fr, second.adjournment.until) == (
        "adjourned",
        "Une seconde analyse.",
        date(2026, 12, 27),
    )


def test_the_minutes_tell_who_sat_and_who_signed(session, acting, clock):
    decide_together(acting, clock, {once(reported): Choice.FAVOURABLE})
    minutes = read(session, "PV-CH-2026-01")
    assert [(one.seat.fr, one.person.fr, one.capacity) for one in minutes.attendance][:2] == [
        ("Présidence", "Pia Test", "titular"),
        ("Siège S-bob", "Bob Test", "titular"),
    ]
    assert (minutes.president.name.fr, minutes.secretary.name.fr) == ("Pia Test", "Carol Test")
    assert (minutes.convocation.sent_on, minutes.convocation.rank) == (date(2026, 11, 23), 1)


def test_the_minutes_hold_the_fingerprints_of_what_was_read_and_never_the_identity_card(session, acting, clock):
    decide_together(acting, clock, {once(reported): Choice.FAVOURABLE})
    papers = read(session, "PV-CH-2026-01").items[0].papers
    labels = [one.label.fr for one in papers]
    assert (len(papers[0].sha256), "Bulletins d’analyses" in labels) == (64, True)
    assert "Pièce d’identité de la personne chargée du dossier" not in labels


def test_minutes_are_issued_once(session, acting, clock):
    decide_together(acting, clock, {once(reported): Choice.FAVOURABLE})
    with pytest.raises(AlreadyDone):
        issue_minutes(session.scalars(select(MinutesProposal)).one(), actor=acting("pia"))


def test_a_certificate_leads_to_the_mark_under_the_official_address(session, acting, clock, store):
    licence = authorised(acting, clock, store)
    certificate = read(session, f"CERT-{licence.number}-1")
    assert (certificate.address, certificate.mark) == (f"{BASE_URL}/v/{licence.mark}", licence.mark)
    assert (certificate.meeting, certificate.sanitary_number) == (HELD, "M.29.1.24")
    assert [one.fr for one in certificate.formats] == ["250\u00a0g, Pot en verre"]
    assert (certificate.valid_from, certificate.valid_to) == (date(2026, 12, 7), date(2029, 12, 6))


def test_a_certificate_issued_anew_leaves_the_first_one(session, acting, clock, store):
    licence = authorised(acting, clock, store)
    issue_certificate(licence, issuer=ISSUER, actor=acting("sami"))
    issued = select(Paper.number, Paper.version).where(Paper.kind == PaperKind.CERTIFICATE).order_by(Paper.id)
    assert session.execute(issued).all() == [
        (f"CERT-{licence.number}-1", 1),
        (f"CERT-{licence.number}-2", 2),
    ]


def test_no_certificate_without_the_committee(acting):
    dossier = once(filed)
    with pytest.raises(Refused, match="there is nothing to certify"):
        issue_certificate(Licence(id=1, dossier=dossier, number="TDM-1"), issuer=ISSUER, actor=acting("sami"))
