"""Documents follow each other and none is lost; nothing changes hands out of turn."""

import pytest
from sqlalchemy import select

from certify.models import Document
from certify.operations import documents
from certify.workflows.errors import Malformed, NotAllowed, NotFound, Refused, WrongState
from tests.factories import a_pdf, a_photo, draft, filed, store_in, stored
from tests.scenes import once


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


@pytest.fixture
def dossier(app):
    return once(draft, is_complete=False)


def versions(session, dossier, kind):
    asked = select(Document).where(Document.dossier_id == dossier.id, Document.kind == kind)
    return session.scalars(asked.order_by(Document.version)).all()


def test_a_new_version_keeps_the_old(session, acting, store, dossier):
    for pages in (1, 2):
        content = stored(store, content=a_pdf(pages))
        documents.hand_in(dossier, "statutes", stored=content, actor=acting("alice"))
    first, second = versions(session, dossier, "statutes")
    assert (first.version, second.version, first.sha256 == second.sha256) == (1, 2, False)


def test_the_same_file_twice_is_one_version(session, acting, store, dossier):
    for _ in range(2):
        documents.hand_in(dossier, "statutes", stored=stored(store), actor=acting("alice"))
    assert len(versions(session, dossier, "statutes")) == 1


def test_an_explanation_stands_where_the_regulation_takes_it(session, acting, dossier):
    documents.hand_in(dossier, "power", explanation="Je suis la présidente.", actor=acting("alice"))
    with pytest.raises(Refused):
        documents.hand_in(dossier, "identity", explanation="Perdue.", actor=acting("alice"))
    assert [one.explanation for one in versions(session, dossier, "power")] == ["Je suis la présidente."]
    assert versions(session, dossier, "identity") == []


def test_the_product_photo_is_a_photo(session, acting, store, dossier):
    with pytest.raises(Malformed):
        documents.hand_in(dossier, "product_photo", stored=stored(store, content=a_pdf()), actor=acting("alice"))
    kept = stored(store, content=a_photo())
    documents.hand_in(dossier, "product_photo", stored=kept, actor=acting("alice"))
    assert [one.media_type for one in versions(session, dossier, "product_photo")] == ["image/jpeg"]


def test_what_the_regulation_does_not_know_is_refused(acting, store, dossier):
    with pytest.raises(NotFound):
        documents.hand_in(dossier, "poem", stored=stored(store), actor=acting("alice"))


@pytest.mark.parametrize("name", ["mallory", "carol"])
def test_nobody_else_hands_in(session, acting, store, dossier, name):
    with pytest.raises(NotAllowed):
        documents.hand_in(dossier, "statutes", stored=stored(store), actor=acting(name))
    assert versions(session, dossier, "statutes") == []


def test_nothing_is_added_while_the_administration_has_the_file(session, acting, store):
    dossier = once(filed)
    with pytest.raises(WrongState):
        documents.hand_in(dossier, "statutes", stored=stored(store, content=a_pdf(3)), actor=acting("alice"))
    with pytest.raises(WrongState):
        documents.hand_in_further(dossier, stored=None, explanation="Et encore.", actor=acting("alice"))
    assert len(versions(session, dossier, "statutes")) == 1


def test_further_documents_are_each_their_own(session, acting, store, dossier):
    for words in ("Un", "Deux"):
        documents.hand_in_further(dossier, stored=None, explanation=words, actor=acting("alice"))
    kinds = session.scalars(select(Document.kind).order_by(Document.id)).all()
    assert kinds == ["further-1", "further-2"]
