"""One visit of the demonstration as two phones recorded and sent it: entries, photos and signatures, then the close.

Everything passes through the operations that receive what a real phone sends; the pictures are plainly drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from uuid import NAMESPACE_OID, uuid5

from PIL import Image, ImageDraw, ImageFont

from certify.models import Visit, VisitEntry
from certify.models.evaluation import Grade
from certify.operations.recording import receive_entry, receive_part
from certify.operations.rehearsal import LARGEST, Stage, jar
from certify.operations.visits import close_visit
from certify.queries.recording import checks_of, list_entries
from certify.workflows.evidence import canonical
from certify.workflows.recording import Answer, Kind, Signatory

FIRST, SECOND = "inspector", "inspector2"

REMARKS = {
    "storage": "Local frais, sans relevé de température depuis trois jours.",
    "traceability": "Un lot suivi de la réception à l’étiquette ; une page du registre manque.",
    "labelling": "Étiquettes lues sur dix bocaux, conformes au projet.",
}
"""What is noted beside a point of the checklist; beside the others nothing."""


def record_visit(stage: Stage, visit: Visit, at: datetime) -> None:
    """Let two phones record a visit planned for the day of `at` and send it; the second inspector closes it."""
    phone = Phones(stage, visit, at)
    phone.record(FIRST, Kind.PLACE, latitude="", longitude="", accuracy="", words="Entrée de l’atelier, côté cour.")
    for number, check in enumerate(checks_of(visit.dossier)):
        answer = Answer.NOT_CONFORM if check.code == "traceability" else Answer.CONFORM
        note = REMARKS.get(check.code, "")
        row = phone.record((FIRST, SECOND)[number % 2], Kind.CHECK, check=check.code, answer=answer, note=note)
        if check.code == "labelling":
            phone.photograph(SECOND, jar("#8A5300"), "Bocal étiqueté, prêt à partir", about=row.sha256)
    fact = "Le lot 12 manque au registre : la page du 3 au 9 n’a pas été remplie."
    measure = "Retrouver le bon de réception du lot 12."
    seen = phone.record(FIRST, Kind.OBSERVATION, fact=fact, check="traceability", grade=Grade.MINOR, measure=measure)
    phone.photograph(FIRST, register(), "Le registre, ouvert à la page manquante", about=seen.sha256)
    phone.record(SECOND, Kind.NOTE, text="La gérante était présente du début à la fin.")
    phone.sign(FIRST, Signatory.INSPECTOR, stage.people[FIRST].name, "")
    phone.sign(SECOND, Signatory.INSPECTOR, stage.people[SECOND].name, "")
    phone.sign(SECOND, Signatory.REPRESENTATIVE, "Aïcha Amrani", "Gérante")
    summary = "Atelier, stock et registre vus avec la gérante ; un point à corriger au registre des lots."
    close_visit(visit, summary=summary, actor=stage.acting(SECOND, phone.now))


class Phones:
    """The two inspectors' phones on a visit; each thing is recorded some minutes after the one before."""

    def __init__(self, stage: Stage, visit: Visit, at: datetime) -> None:
        self.stage, self.visit, self.now = stage, visit, at

    def record(self, who: str, kind: Kind, /, **body: object) -> VisitEntry:
        """Record an entry and send it."""
        self.now += timedelta(minutes=4)
        actor = self.stage.acting(who, self.now)
        said = {
            "id": str(uuid5(NAMESPACE_OID, f"{self.visit.id}/{self.now.isoformat()}")),
            "visit": self.visit.id,
            "author": actor.id,
            "kind": str(kind),
            "at": f"{self.now.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z",
            "body": {name: str(value) if isinstance(value, str) else value for name, value in body.items()},
        }
        text = canonical(said)
        return receive_entry(self.visit, text, name=sha256(text.encode()).hexdigest(), actor=actor)

    def photograph(self, who: str, content: bytes, caption: str, *, about: str) -> None:
        """Record a photo that shows an entry, and send it."""
        self.record(who, Kind.PHOTO, caption=caption, about=about, reduced=False, **_named(content))
        self._send(who, content)

    def sign(self, who: str, role: Signatory, name: str, capacity: str) -> None:
        """Let somebody sign on a phone what it knows until then, and send it."""
        covers = sorted(row.sha256 for row in list_entries(self.stage.session, self.visit))
        drawn, told = scrawl(name), {"role": role, "name": name, "capacity": capacity, "remarks": ""}
        self.record(who, Kind.SIGNATURE, **told, refused=False, covers=covers, **_named(drawn))
        self._send(who, drawn)

    def _send(self, who: str, content: bytes) -> None:
        digest, actor = sha256(content).hexdigest(), self.stage.acting(who, self.now)
        store = self.stage.store
        receive_part(self.visit, content, digest=digest, offset=0, limit=LARGEST, store=store, actor=actor)


def _named(content: bytes) -> Mapping[str, object]:
    return {"photo": sha256(content).hexdigest(), "size": len(content)}


def register() -> bytes:
    """Draw a page of a register on which a line is empty."""
    sheet = Image.new("RGB", (1200, 800), "#EFE6D5")
    pen = ImageDraw.Draw(sheet)
    pen.text((60, 40), "DÉMONSTRATION · Registre des lots", font=ImageFont.load_default(40), fill="#1E2A25")
    for line, lot in enumerate(("10", "11", "", "13", "14")):
        top = 150 + 110 * line
        pen.line((60, top + 80, 1140, top + 80), fill="#56635C", width=3)
        pen.text((90, top + 20), f"Lot {lot}" if lot else "", font=ImageFont.load_default(44), fill="#1E2A25")
    file = BytesIO()
    sheet.save(file, "JPEG", quality=86)
    return file.getvalue()


def scrawl(name: str) -> bytes:
    """Draw a signature that is nobody's: a line that follows the letters of a name."""
    sheet = Image.new("RGB", (600, 220), "#FFFFFF")
    heights = [110 + (ord(letter) % 9 - 4) * 14 for letter in name]
    points = [(40 + number * 500 // len(name), height) for number, height in enumerate(heights)]
    ImageDraw.Draw(sheet).line(points, fill="#1E2A25", width=5, joint="curve")
    file = BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()
