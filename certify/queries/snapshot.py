"""What an inspector's device keeps of a mission so that it opens without network: plain JSON, no personal data.

The national identity number, the telephone and the address of mail of the applicant never leave for a device.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from certify.models import Visit
from certify.queries.evaluation import list_findings
from certify.queries.recording import checks_of, list_entries, list_photos
from certify.queries.reference import get_province
from certify.queries.regulations import get_regulation

PRODUCT = (
    "name_fr", "name_ar", "variety", "origin_area", "raw_material", "ingredients", "process", "terroir_link",
    "storage", "annual_volume",
)  # fmt: skip


def take_snapshot(session: Session, visit: Visit) -> dict[str, object]:
    """Return a mission as the device keeps it, with what the server holds of it by hash."""
    dossier = visit.dossier
    site, rules = dossier.site, get_regulation(dossier.regulation)
    return {
        "visit": visit.id,
        "state": visit.state,
        "planned_on": visit.planned_on.isoformat(),
        "starts_at": visit.starts_at,
        "place": visit.place,
        "reason": visit.reason,
        "to_prepare": visit.to_prepare or "",
        "follows_up": visit.follows_up or "",
        "inspectors": [user.name for user in visit.inspectors],
        "number": dossier.number,
        "organisation": {"fr": dossier.organisation.name_fr, "ar": dossier.organisation.name_ar or ""},
        "filiere": dict(rules.filiere(dossier.product.filiere).label),
        "product": {name: getattr(dossier.product, name) or "" for name in PRODUCT},
        "site": {
            "name": site.name,
            "address": site.address,
            "commune": site.commune,
            "province": dict(get_province(site.province).label),
            "sanitary_number": site.sanitary_number or "",
        }
        if site
        else None,
        "checks": [
            {"code": check.code, "label": dict(check.label), "help": dict(check.help)} for check in checks_of(dossier)
        ],
        "findings": [
            {"grade": finding.grade, "statement": finding.statement, "answer": finding.answer or ""}
            for finding in list_findings(session, dossier)
        ],
        "entries": [
            {"sha256": row.sha256, "text": row.text, "author": row.author.name, "is_late": row.is_late}
            for row in list_entries(session, visit)
        ],
        "photos": [photo.sha256 for photo in list_photos(session, visit)],
    }
