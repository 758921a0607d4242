"""The evidence pack: whoever may have it gets all of it but what the law keeps back, the same each time."""
# ruff: noqa: F811 - the fixtures of the staged dossiers

from __future__ import annotations

import json
import tracemalloc
from hashlib import sha256

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import AgendaItem, Declaration, Document, Event, Message, Organisation
from certify.models.meeting import Interest
from certify.operations import errata
from certify.operations.adjournments import return_to_committee
from certify.operations.admissibility import sign_inadmissibility
from certify.pack.archive import Pack
from certify.queries.pack import gather_pack
from certify.workflows.erratum import Passage
from certify.workflows.voting import Choice
from tests.decisions import CONFLICT, decide_together
from tests.factories import a_pdf
from tests.packs import checked, entries_of, facts_of, pack_of, print_all
from tests.staged import clock, played, settled_sqlite, staged, store  # noqa: F401


@pytest.fixture
def printed(staged, store, clock):
    """`printed("approved")` is that dossier, all its papers printed."""
    print_all(store, clock)
    return staged


@pytest.fixture
def fetch(client_of):
    """Ask for a pack as somebody: status, content, headers."""

    def ask(name: str | None, dossier, **headers: str):
        with client_of(name).get(f"/dossiers/{dossier.id}/evidence.zip", headers=headers) as answer:
            return answer.status_code, answer.data, dict(answer.headers)

    return ask


def decided_again(dossier, acting, clock) -> None:
    """Take an adjourned dossier to another meeting, which refuses it; Brahim declares a conflict there."""
    return_to_committee(dossier, actor=acting("carol"))
    decide_together(acting, clock, {dossier: Choice.UNFAVOURABLE}, recused="brahim")
    db.session.commit()


@pytest.mark.parametrize("name", ["carol", "dora", "sami", "aude"])
def test_the_office_downloads_the_pack(printed, fetch, tmp_path, name):
    status, content, headers = fetch(name, printed("approved"))
    number = printed("approved").number
    assert (status, headers["Content-Type"]) == (200, "application/zip")
    assert headers["Content-Disposition"] == f"attachment; filename={number}.zip"
    assert (headers["Cache-Control"], headers["Content-Length"]) == ("private, no-cache", str(len(content)))
    (tmp_path / "pack.zip").write_bytes(content)
    assert checked(tmp_path / "pack.zip")[0] == 0


@pytest.mark.parametrize("name", ["alice", "mallory", "rachid", "pia", "bob", "badr", "adam"])
def test_nobody_else_has_it(printed, fetch, name):
    assert fetch(name, printed("approved"))[0] == 403


def test_an_applicant_who_works_at_the_office_does_not_have_their_own(printed, fetch, user):
    user("carol").organisation_id = user("alice").organisation_id
    db.session.commit()
    assert fetch("carol", printed("approved"))[0] == 403


def recuse(dossier, person) -> None:
    """Make a member of the office recused on a dossier: they sat for a seat then."""
    item = db.session.scalars(select(AgendaItem).where(AgendaItem.dossier_id == dossier.id)).one()
    conflict = {"interest": Interest.CONFLICT, "statement": "Parent", "declared_at": item.opened_at}
    db.session.add(Declaration(item_id=item.id, user_id=person.id, **conflict))
    db.session.commit()


@pytest.mark.parametrize("name", ["carol", "sami", "aude"])
def test_who_is_recused_has_neither_that_pack_nor_one_with_the_same_minutes(printed, fetch, user, client_of, name):
    recuse(printed("approved"), user(name))
    assert [fetch(name, printed(which))[0] for which in ("approved", "refused")] == [403, 403]
    assert "evidence.zip" not in client_of(name).get(f"/office/dossiers/{printed('refused').id}").text


def test_before_a_decision_there_is_none(printed, fetch, client_of):
    for name in ("filed", "adjourned", "proposed"):
        assert fetch("carol", printed(name))[0] == 404
        assert "evidence.zip" not in client_of("carol").get(f"/office/dossiers/{printed(name).id}").text


def test_the_page_of_the_dossier_offers_it(printed, client_of):
    for name in ("carol", "sami", "aude"):
        shown = client_of(name).get(f"/office/dossiers/{printed('refused').id}").text
        assert f'href="/dossiers/{printed("refused").id}/evidence.zip"' in shown


def test_while_a_paper_is_being_printed_one_waits(staged, store, fetch):
    assert fetch("carol", staged("approved"))[0] == 202


def test_the_same_facts_give_the_same_bytes_and_another_fact_others(printed, store, fetch, clock):
    first = fetch("carol", printed("refused"))
    clock.advance(days=3)
    again = fetch("aude", printed("refused"))
    assert again[1] == first[1]
    assert fetch("sami", printed("refused"), **{"If-None-Match": first[2]["ETag"]})[0] == 304
    db.session.scalars(select(Message).where(Message.dossier_id == printed("refused").id)).first().sent_at = clock()
    db.session.commit()
    assert fetch("carol", printed("refused"))[1] != first[1]


def test_everything_handed_in_found_issued_and_recorded_is_there(printed, store):
    dossier = printed("signed")
    entries = entries_of(pack_of(dossier, store))
    facts = json.loads(entries["index.json"])
    handed = db.session.scalars(select(Document).where(Document.dossier_id == dossier.id)).all()
    assert {(one["kind"], one["version"], one["sha256"]) for one in facts["documents"]} == {
        (one.kind, one.version, one.sha256) for one in handed
    }
    assert [paper["kind"]["code"] for paper in facts["papers"]] == ["receipt", "minutes", "decision", "certificate"]
    for one in (*facts["documents"], *facts["papers"], *facts["evaluation"]["reports"]):
        if "path" in one:
            assert sha256(entries[one["path"]]).hexdigest() == one["sha256"]
    events = db.session.scalars(select(Event.hash).where(Event.dossier_id == dossier.id).order_by(Event.sequence))
    assert [json.loads(line)["hash"] for line in entries["journal/dossier.jsonl"].splitlines()] == list(events)
    assert {path.split("-")[0] for path in entries if path.startswith("journal/")} == {
        "journal/dossier.jsonl", "journal/licence.jsonl", "journal/meeting"
    }  # fmt: skip
    letters = db.session.scalars(select(Message.kind).where(Message.dossier_id == dossier.id)).all()
    kinds = [letter["kind"] for letter in facts["letters"]]
    committee = {"meeting_convened", "minutes_proposed", "minutes_attested"}
    to_the_committee = [kind for kind in kinds if kind in committee]
    assert (sorted(kinds), set(to_the_committee)) == (
        sorted([*letters, *to_the_committee]),
        committee,
    )
    [minutes] = facts["minutes"]
    assert [one["sha256"] for one in minutes["signatures"]] == [minutes["sha256"]] * 2
    assert sha256(entries[minutes["path"]]).hexdigest() == minutes["sha256"]
    assert kinds.count("meeting_convened") == 5
    [told] = facts["notifications"]
    assert (told["channel"]["code"], told["received_on"]) == ("account", "2026-12-07")


def test_the_identity_document_and_personal_numbers_stay_out(printed, store):
    dossier = printed("approved")
    of_kind = (Document.dossier_id == dossier.id, Document.kind == "identity")
    first = db.session.scalars(select(Document).where(*of_kind)).one()
    held = {one.key: getattr(first, one.key) for one in Document.__table__.columns if one.key != "id"}
    told = {"version": 2, "file_name": "CNIE d’Alice AB123456.pdf", "sha256": store.keep(a_pdf(4))}
    db.session.add(Document(**held | told))
    db.session.commit()
    content = pack_of(dossier, store)
    listed = [one for one in facts_of(content)["documents"] if one["kind"] == "identity"]
    assert [(one["is_left_out"], one["sha256"]) for one in listed] == [
        (True, first.sha256), (True, told["sha256"])
    ]  # fmt: skip
    assert [one for one in listed if "path" in one or "name" in one] == []
    assert not {store.read(one["sha256"]) for one in listed} & set(entries_of(content).values())
    organisation = db.session.get_one(Organisation, dossier.organisation_id)
    personal = (organisation.phone, organisation.representative_cnie, "@example.ma", "d’Alice")
    assert [text for text in personal if text.encode() in content] == []


def test_a_refusal_after_an_adjournment_tells_both_meetings_and_who_stood_aside(
    printed, store, clock, acting, tmp_path
):
    dossier = printed("adjourned")
    decided_again(dossier, acting, clock)
    print_all(store, clock)
    content = pack_of(dossier, store)
    (tmp_path / "pack.zip").write_bytes(content)
    assert checked(tmp_path / "pack.zip")[0] == 0
    facts = facts_of(content)
    first, second = facts["meetings"]
    assert [item["ended"]["code"] for item in (first, second)] == ["adjourned", "refused"]
    assert (first["vote"]["totals"]["adjourn"], second["vote"]["totals"]["unfavourable"]) == (4, 3)
    assert [facts["people"][str(number)] for number in second["set_aside"]] == ["Brahim Test"]
    assert [one["statement"] for one in second["declarations"] if one["interest"]["code"] == "conflict"] == [CONFLICT]
    assert sorted(ballot["seat"] for ballot in second["vote"]["ballots"]) == ["S-bob", "S-bouchra", "S-pia"]
    assert (second["quorum"]["base"], second["quorum"]["recused"]) == (3, 1)
    assert [one["fact"] for one in second["reasons"]] == ["L’origine n’est pas établie."]
    assert [stay["at_item"] for stay in second["attendance"]] == [True] * 4


def test_inadmissibility_has_a_pack_without_a_committee(printed, store, acting, clock, tmp_path):
    sign_inadmissibility(printed("proposed"), actor=acting("dora"))
    db.session.commit()
    print_all(store, clock)
    content = pack_of(printed("proposed"), store)
    (tmp_path / "pack.zip").write_bytes(content)
    assert checked(tmp_path / "pack.zip")[0] == 0
    assert facts_of(content)["acts"]["inadmissibility"]["reason"] == "Ce n’est pas un produit du terroir."
    assert facts_of(content)["meetings"] == []


@pytest.mark.parametrize(("language", "words"), [
    ("fr", ("Dossier de preuves", "Pièces remises", "Vote à découvert", "Organisme de pia", "refusé")),
    ("ar", ('dir="rtl"', "ملف الإثبات", "الوثائق المودعة", "تصويت علني", "عسل الدغموس")),
])  # fmt: skip
def test_a_person_reads_it_in_their_language_without_anything_else(printed, store, language, words):
    page = entries_of(pack_of(printed("refused"), store))[f"index.{language}.html"].decode()
    assert [word for word in words if word not in page] == []
    for foreign in ("<script", "http://", "https://", "<link", "<img", " onclick"):
        assert foreign not in page


def test_what_people_typed_is_text_on_the_page(printed, store):
    document = db.session.scalars(select(Document).where(Document.dossier_id == printed("refused").id)).first()
    document.finding = "<script>alert(1)</script>"
    db.session.commit()
    page = entries_of(pack_of(printed("refused"), store))["index.fr.html"].decode()
    assert "&lt;script&gt;alert(1)" in page and "<script" not in page


def test_a_file_that_changed_on_the_disk_is_named_by_the_pack(printed, store, tmp_path):
    photo = next(one for one in facts_of(pack_of(printed("refused"), store))["documents"] if one["kind"] == "statutes")
    store.path(photo["sha256"]).write_bytes(b"%PDF something else")
    (tmp_path / "pack.zip").write_bytes(pack_of(printed("refused"), store))
    status, output = checked(tmp_path / "pack.zip")
    assert (status, f"WRONG  {photo['path']}: was altered" in output) == (1, True)


def test_a_large_document_does_not_fill_the_memory(printed, store, tmp_path):
    gathered = gather_pack(db.session, printed("refused"))
    digest = store.keep(bytes(40_000_000))
    pack = Pack(gathered.facts, gathered.texts, gathered.files | {"documents/large.pdf": digest}, gathered.at)
    with (tmp_path / "pack.zip").open("wb") as target:
        tracemalloc.start()
        pack.write(target, store)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (tmp_path / "pack.zip").stat().st_size > 40_000_000
    assert peak < 8_000_000


def test_the_command_writes_the_same_pack(printed, store, app, tmp_path):
    dossier = printed("approved")
    place = tmp_path / "pack.zip"
    done = app.test_cli_runner().invoke(args=["pack", dossier.number, str(place)])
    assert (done.exit_code, place.read_bytes() == pack_of(dossier, store)) == (0, True), done.output
    assert checked(place)[1].split()[-1] in done.output
    missing = app.test_cli_runner().invoke(args=["pack", "TM-0", str(place)])
    assert (missing.exit_code, missing.output) == (1, "Error: There is no decision on this dossier yet.\n")


def test_an_erratum_to_the_minutes_is_in_the_pack(printed, store, acting, clock):
    dossier = printed("refused")
    item = db.session.scalars(select(AgendaItem).where(AgendaItem.dossier_id == dossier.id)).one()
    told = {"passage": Passage.DEBATE, "says": "Bref.", "should_say": "Long.", "reason": "Notes de séance."}
    erratum = errata.draw_up_erratum(item.meeting, item, **told, actor=acting("carol"))
    errata.attest_erratum(erratum, actor=acting("carol"))
    errata.sign_erratum(erratum, actor=acting("pia"))
    db.session.commit()
    print_all(store, clock)
    content = pack_of(dossier, store)
    [listed] = facts_of(content)["errata"]
    assert (listed["number"], listed["state"]["code"], listed["position"]) == (erratum.number, "signed", item.position)
    assert sha256(entries_of(content)[listed["path"]]).hexdigest() == erratum.sha256
    assert f"papers/{erratum.number}.pdf" in entries_of(content)
    assert {one["action"]["code"] for journal in facts_of(content)["journals"] for one in journal["moves"]} >= {
        "draw_up_erratum", "attest_erratum", "sign_erratum"
    }  # fmt: skip
