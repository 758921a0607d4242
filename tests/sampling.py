"""Samples as far along as a test needs them: taken by Rachid, analysed by Lina, and again by Lotfi."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from certify.models import Dossier, Sample
from certify.operations import samples
from certify.operations.acting import Actor
from certify.operations.storage import Store
from certify.queries.measured import Measured
from certify.workflows.sampling import Part
from tests import factories

Acting = Callable[[str], Actor]
MOISTURE, HMF = "honey.moisture", "honey.hmf"
FOUND = {
    MOISTURE: Measured(value="185", uncertainty="20", unit="g/kg", method="AOAC 969.38"),
    HMF: Measured(value="12"),
}
AGAIN = {MOISTURE: Measured(value="19.5"), HMF: Measured(value="14")}
PLACE = "Miellerie de Tighmi"


def taken(dossier: Dossier, acting: Acting, *, criteria: tuple[str, ...] = (MOISTURE, HMF)) -> Sample:
    """Take a sample today, and send it to Lina."""
    rapporteur = acting("rachid")
    return samples.take_sample(
        dossier,
        taken_on=rapporteur.today,
        place=PLACE,
        taken_by="Rachid Test",
        criteria=criteria,
        laboratory=acting("lina").user,
        actor=rapporteur,
    )


def analysed(sample: Sample, acting: Acting, store: Store, found: Mapping[str, Measured] = FOUND) -> Sample:
    """Let Lina submit what she found."""
    submit(sample, Part.ANALYSIS, acting("lina"), store, found)
    return sample


def contested(sample: Sample, acting: Acting) -> Sample:
    """Send the second part to Lotfi."""
    samples.send_counter_analysis(
        sample, laboratory=acting("lotfi").user, reason="Valeur contestée.", actor=acting("rachid")
    )
    return sample


def submit(sample: Sample, part: Part, actor: Actor, store: Store, found: Mapping[str, Measured] = FOUND) -> None:
    """Submit results for one part, with a bulletin."""
    portion = next(portion for portion in sample.portions if portion.part is part)
    bulletin = factories.stored(store, "bulletin")
    samples.submit_results(portion, found, measured_on=actor.today, bulletin=bulletin, actor=actor)
