"""Which documents an application attaches, what a draft lacks, and what is odd in it."""

from datetime import date, timedelta

import pytest

from certify.models import RecognisedSign
from certify.models.organisation import Kind, SanitaryRegime
from certify.operations import documents, dossiers
from certify.queries.documents import label_of, list_entries, rules_for
from certify.queries.drafts import Step, check_draft, list_signs, remark_on_place
from tests.factories import Answers, Format, draft, store_in, stored
from tests.scenes import once


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


@pytest.fixture
def dossier(app):
    return once(draft)


def required(dossier, today):
    return {rule.code for rule, is_required in rules_for(dossier, today) if is_required}


@pytest.mark.parametrize(
    ("kind", "wanted", "unwanted"),
    [
        (Kind.COOPERATIVE, {"statutes", "members_list", "cooperative_register"}, {"trade_register", "activity_proof"}),
        (Kind.EIG, {"statutes", "trade_register"}, {"cooperative_register"}),
        (Kind.COMPANY, {"statutes", "trade_register"}, {"members_list"}),
        (Kind.PERSON, {"activity_proof"}, {"statutes"}),
        (Kind.ASSOCIATION, {"association_receipt", "statutes"}, {"trade_register"}),
    ],
)
def test_the_legal_form_decides(acting, dossier, kind, wanted, unwanted):
    dossier.organisation.kind = kind
    found = required(dossier, acting(None).today)
    assert (wanted - found, unwanted & found) == (set(), set())


def test_what_the_application_says_decides(session, acting, dossier):
    today = acting(None).today
    before = required(dossier, today)
    session.add(
        RecognisedSign(id=9, sign="IG", name="Miel", order_number="1-20", signed_on=today, nature="recognition", url="")
    )
    said = Answers(brand="Tighmi", sign_id=9, formats=(Format(gtin="06111245678900"),))
    dossiers.write_identity(dossier, said, actor=acting("alice"))
    dossiers.write_claims(dossier, said, actor=acting("alice"))
    dossier.site.sanitary_regime = SanitaryRegime.EXEMPT
    after = required(dossier, today)
    assert after - before == {"brand_registration", "sign_certificate", "gtin_certificate", "sanitary_exemption"}
    assert before - after == {"sanitary_authorisation"}


def test_what_the_application_cannot_say_is_offered_and_never_missed(acting, dossier):
    today = acting(None).today
    offered = {rule.code for rule, is_required in rules_for(dossier, today) if not is_required}
    assert offered == {"organic_certificate", "harvest_permit"}
    assert check_draft(acting(None).session, dossier, reader=acting("alice").user, today=today).is_complete


def test_the_last_version_counts_and_the_earlier_stay(session, acting, store, dossier):
    documents.hand_in(dossier, "power", explanation="Je suis la présidente.", actor=acting("alice"))
    entries = list_entries(session, dossier, reader=acting("alice").user, today=acting(None).today)
    [power] = [entry for entry in entries if entry.rule.code == "power"]
    assert [one.version for one in power.versions] == [2, 1]
    assert (power.document.explanation, power.is_missing) == ("Je suis la présidente.", False)


def test_a_document_is_missed_the_day_after_its_last(session, acting, store, dossier):
    today = acting(None).today
    documents.hand_in(
        dossier, "test_reports", stored=stored(store, "test_reports"), expires_on=today, actor=acting("alice")
    )
    for later, missing in ((0, []), (1, ["test_reports"])):
        found = check_draft(session, dossier, reader=acting("alice").user, today=today + timedelta(days=later))
        assert [entry.rule.code for entry in found.documents] == missing


def test_an_identity_card_is_left_out_for_most_readers(session, acting, dossier, user):
    codes = [
        {entry.rule.code for entry in list_entries(session, dossier, reader=user(name), today=acting(None).today)}
        for name in ("alice", "carol", "rachid", "aude")
    ]
    assert ["identity" in found for found in codes] == [True, True, False, False]


def test_every_kind_has_a_name(acting, dossier):
    today = acting(None).today
    names = [label_of(dossier, kind, today)["fr"] for kind in ("statutes", "finding-7", "further-1", "unknown")]
    assert names == ["Statuts", "Preuve de mise en conformité", "Document complémentaire", "Document complémentaire"]


def test_a_check_says_what_is_missing_and_where(session, acting):
    dossier = once(draft, is_complete=False)
    dossier.organisation.phone = None
    found = check_draft(session, dossier, reader=acting("alice").user, today=acting(None).today)
    steps = {step: found.missing_in(step) for step in Step}
    assert (steps[Step.PRODUCT], steps[Step.MAKING], steps[Step.PLACE], steps[Step.ORGANISATION]) == (1, 7, 1, 1)
    assert steps[Step.DOCUMENTS] == len(required(dossier, acting(None).today))


def test_what_is_odd_is_said_and_stops_nothing(session, acting, dossier):
    said = Answers(name_fr="عسل", name_ar="Miel", formats=(Format(gtin="03017620422003"),))
    dossiers.write_identity(dossier, said, actor=acting("alice"))
    dossier.site.sanitary_number = "PAC.15.13.21"
    found = check_draft(session, dossier, reader=acting("alice").user, today=acting(None).today)
    assert [subject for subject, _ in found.remarks] == ["Atelier de Tighmi"] * 2 + ["3017620422003", "عسل", "Miel"]
    assert found.answers == ()


def test_a_number_that_cannot_be_read_is_a_remark(acting, dossier):
    dossier.site.sanitary_number = "sans numéro"
    assert len(remark_on_place(dossier, dossier.site, acting(None).today)) == 1


def test_only_recognitions_are_claimed(session):
    for number, nature in ((1, "recognition"), (2, "amendment")):
        session.add(
            RecognisedSign(
                sign="AO", name="Safran", order_number=str(number), signed_on=date(2010, 1, 1), nature=nature, url=""
            )
        )
    session.flush()
    assert [sign.order_number for sign in list_signs(session)] == ["1"]
