"""The facts of an erratum, for two people to sign; then with their signatures, for the paper."""

from __future__ import annotations

from dataclasses import replace

from certify.models import Erratum
from certify.operations.acting import Actor
from certify.operations.paper_words import SECRETARIAT, is_demonstration, named, person
from certify.pdf import facts
from certify.pdf.phrases import word
from certify.pdf.tongues import Tongues
from certify.workflows.numbering import minutes_number


def erratum_facts(erratum: Erratum) -> facts.ErratumFacts:
    """Gather the text of an erratum as it is frozen, without signatures."""
    meeting, item = erratum.meeting, erratum.item
    return facts.ErratumFacts(
        erratum.number,
        erratum.drawn_up_at,
        meeting.regulation,
        minutes=minutes_number(meeting.number),
        minutes_version=erratum.proposal.version,
        minutes_sha256=erratum.proposal.sha256,
        meeting=meeting.number,
        held_on=meeting.held_on,
        passage=word(erratum.passage),
        says=Tongues.written(erratum.says),
        should_say=Tongues.written(erratum.should_say),
        reason=Tongues.written(erratum.reason),
        rank=item.position if item else None,
        dossier=item.dossier.number if item else None,
        product=named(item.dossier.product) if item else None,
        applicant=named(item.dossier.organisation) if item else None,
        demonstration=is_demonstration(*(each.dossier.organisation for each in meeting.items)),
    )


def signed_erratum(erratum: Erratum, capacity: Tongues, *, actor: Actor) -> facts.ErratumFacts:
    """Add to the frozen text its two signatures and the hash that they bear."""
    signed = {str(each.capacity): each for each in erratum.signatures}
    president, secretary = signed["president"], signed["secretary"]
    return replace(
        facts.from_json("erratum", erratum.facts),
        issued_at=actor.at,
        president=facts.Signature(person(president.user), capacity, president.signed_at),
        secretary=facts.Signature(person(secretary.user), SECRETARIAT, secretary.signed_at),
        text_sha256=erratum.sha256,
    )
