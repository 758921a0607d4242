"""A sentence of the rules, said in both languages of the papers."""

from datetime import date

from certify.pdf.phrases import sentence, word
from certify.pdf.tongues import Tongues
from certify.workflows.voting import Choice, Outcome
from certify.workflows.words import Label


def test_a_sentence_without_a_catalogue_entry_stands_as_it_is():
    assert sentence("Not a sentence of ours: 100 %.") == Tongues(*["Not a sentence of ours: 100 %."] * 2)


def test_facts_are_said_in_each_language():
    facts = {"on": date(2026, 9, 1), "what": Label("Miel", "العسل", "Honey"), "count": 3}
    assert sentence("%(what)s: %(count)d, %(on)s", facts) == Tongues(
        "Miel: 3, 1er\u00a0septembre\u00a02026", "العسل: 3, 1\u00a0شتنبر\u00a02026"
    )


def test_a_word_of_the_field_is_translated():
    said = word(Choice.UNFAVOURABLE)
    assert (said.fr, said.only) == ("Défavorable", None)


def test_a_word_among_the_facts_is_translated():
    assert sentence("%(outcome)s", {"outcome": Outcome.REFUSED}) == word(Outcome.REFUSED)
