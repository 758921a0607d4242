"""What the evidence pack holds of the record of a visit: each entry as it was hashed on the device, each photo."""

from __future__ import annotations

from sqlalchemy.orm import Session

from certify.models import Visit
from certify.queries.pack_words import plain
from certify.queries.recording import list_entries, list_photos

ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}


def tell_record(session: Session, visit: Visit) -> tuple[dict[str, object], dict[str, str]]:
    """Tell what was received of a visit; return it with the text of each entry by its path, which bears its SHA-256."""
    folder = f"visits/{visit.id}"
    entries, photos = list_entries(session, visit), list_photos(session, visit)
    told = {
        "entries": [
            {
                "kind": row.kind,
                "sha256": row.sha256,
                "path": f"{folder}/{row.sha256}.json",
                "recorded_by": row.author_id,
                "device_at": plain(row.device_at),
                "received_at": plain(row.received_at),
                "is_late": row.is_late,
            }
            for row in entries
        ],
        "photos": [
            {
                "path": f"{folder}/{photo.sha256}{ENDINGS[photo.media_type]}",
                "sha256": photo.sha256,
                "received_at": plain(photo.received_at),
            }
            for photo in photos
        ],
    }
    return told, {f"{folder}/{row.sha256}.json": row.text for row in entries}
