"""An applicant in two places at the same moment, on real connections: filed once, sent once, no document lost."""

from sqlalchemy import select

from certify.extensions import db
from certify.models import Complement, Document, Dossier, Event, NumberSeries
from certify.operations import admissibility, documents, dossiers
from certify.workflows.dossier import Action
from tests.factories import a_pdf, draft, filed, stored
from tests.operations.test_simultaneous_office import acting, at_once, store  # noqa: F401
from tests.scenes import once


def happened(dossier_id, action):
    asked = select(Event).where(Event.dossier_id == dossier_id, Event.action == str(action))
    return len(db.session.scalars(asked).all())


def test_a_dossier_is_filed_once(acting, store, at_once):  # noqa: F811
    dossier = once(draft)
    db.session.commit()
    number, version = dossier.id, dossier.version

    def file(actor):
        held = actor.session.get(Dossier, number)
        dossiers.file_dossier(held, is_engaged=True, version=version, actor=actor)

    assert at_once(*[("alice", file)] * 4) == 1
    assert (happened(number, Action.FILE), db.session.get(NumberSeries, ("dossier", 2026)).last) == (1, 1)


def test_no_number_is_given_twice(acting, store, at_once):  # noqa: F811
    drafts = [draft(acting("alice"), store=store).id for _ in range(4)]

    def filing(number):
        def file(actor):
            dossiers.file_dossier(actor.session.get(Dossier, number), is_engaged=True, actor=actor)

        return file

    assert at_once(*(("alice", filing(number)) for number in drafts)) == 4
    numbers = db.session.scalars(select(Dossier.number).order_by(Dossier.number)).all()
    assert numbers == [f"DEM-2026-{rank:05d}" for rank in range(1, 5)]


def test_a_complement_is_answered_once(acting, store, at_once):  # noqa: F811
    dossier = once(filed)
    admissibility.take_up(dossier, actor=acting("carol"))
    complement = admissibility.request_complement(dossier, [("statutes", "Signés.")], actor=acting("carol"))
    documents.answer_point(complement.points[0], stored=None, answer="Voici.", actor=acting("alice"))
    db.session.commit()
    number = dossier.id

    def send(actor):
        dossiers.answer_complement(actor.session.get(Dossier, number), actor=actor)

    assert at_once(*[("alice", send)] * 4) == 1
    answered = db.session.scalars(select(Complement.answered_at).where(Complement.dossier_id == number)).all()
    assert (happened(number, Action.ANSWER_COMPLEMENT), None in answered) == (1, False)


def test_two_documents_at_once_are_two_versions(acting, store, at_once):  # noqa: F811
    number = once(draft, is_complete=False).id

    def sending(pages):
        def send(actor):
            kept = stored(store, content=a_pdf(pages))
            documents.hand_in(actor.session.get(Dossier, number), "statutes", stored=kept, actor=actor)

        return send

    assert at_once(*(("alice", sending(pages)) for pages in (1, 2, 3))) == 3
    versions = db.session.scalars(select(Document.version).where(Document.dossier_id == number)).all()
    assert sorted(versions) == [1, 2, 3]
