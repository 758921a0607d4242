"""Numbered labels as tests want them: ordered by Alice, released by Carol, activated and voided."""

from __future__ import annotations

from certify.models import LabelBatch, Licence
from certify.operations import labels
from tests.decisions import Acting
from tests.proofs import GDTI, ISSUER

GTIN = "06111234567895"


def ordered(licence: Licence, acting: Acting, *, size: int = 10, gtin: str | None = GTIN, **more) -> LabelBatch:
    """Let Alice order labels for the first format of the product; `gtin` is its bar code."""
    [sold_as] = licence.dossier.product.formats
    sold_as.gtin = gtin
    asked = {"size": size, "has_pin": False, "gdti": GDTI} | more
    return labels.order_labels(licence, sold_as, **asked, actor=acting("alice"))


def released(licence: Licence, acting: Acting, **more) -> LabelBatch:
    """Let Carol release them too."""
    batch = ordered(licence, acting, **more)
    labels.release(batch, issuer=ISSUER, actor=acting("carol"))
    return batch
