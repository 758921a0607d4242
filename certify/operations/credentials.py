"""Who issues: the official address, the keys of the label, its GS1 key; and the credential that each licence gets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from uuid import uuid4

from certify.models import Credential, Licence
from certify.operations.acting import Actor
from certify.operations.ledger import log, log_grant
from certify.operations.numbers import next_number
from certify.operations.register import find_approving_meeting
from certify.queries.calendar import CASABLANCA, casablanca_today
from certify.trust.credential import Certified, digest, sign_credential
from certify.trust.keyring import Keyring
from certify.trust.seal import Identity, make_seal


@dataclass(frozen=True)
class Issuer:
    """What a licence is issued with. `base_url` is the official address (BASE_URL), `keys` the label's.

    `gdti` is the GS1 key of the label's own documents (13 digits); None while GS1 Maroc has given none: codes are then
    the plain address of the mark, which no signature protects.
    """

    base_url: str
    keys: Keyring
    gdti: str | None = None

    @property
    def host(self) -> str:
        """The host of the official address, with its port where it has one."""
        return self.base_url.split("://", 1)[1]

    def identity_of(self, licence: Licence) -> Identity | None:
        """Return what the certificate of a licence is called among GS1 identifiers."""
        return Identity(gdti=self.gdti, document=licence.mark) if self.gdti else None

    def address_of(self, licence: Licence) -> str:
        """Return the canonical address of a licence, without a seal."""
        identity = self.identity_of(licence)
        return f"{self.base_url}{identity.path}" if identity else f"{self.base_url}/v/{licence.mark}"

    def seal(self, identity: Identity) -> str:
        """Return the sealed address of a code, to be printed. Raises NoKeys when no key may seal."""
        return f"{self.base_url}/{make_seal(identity, self.keys.seal_kid, self.keys.seal_signer)}{identity.path}"

    def printed_address(self, licence: Licence) -> str:
        """Return what the QR code of a certificate says: the sealed address where there is one."""
        identity = self.identity_of(licence)
        return self.seal(identity) if identity else self.address_of(licence)


def issue_credential(licence: Licence, *, issuer: Issuer, actor: Actor) -> Credential:
    """Sign the credential of a licence that has just been signed, and tell the log of its issue."""
    place = next_number(actor.session, "status", 0) - 1
    token = sign_credential(
        _certified(licence, issuer, actor=actor),
        identity=uuid4(),
        place=place,
        status=issuer.keys.manifest.status[0],
        did=issuer.keys.did,
        key=issuer.keys.signer("vc"),
        at=actor.at,
    )
    position = log(
        "issue",
        actor=actor,
        cert=licence.number,
        decision=log_grant(licence, actor=actor),
        idx=place,
        nbf=licence.valid_from,
        exp=licence.valid_to,
        vc=digest(token),
    )
    credential = Credential(
        licence_id=licence.id, place=place, position=position, token=token, sha256=digest(token), issued_at=actor.at
    )
    actor.session.add(credential)
    actor.session.flush()
    return credential


def _certified(licence: Licence, issuer: Issuer, *, actor: Actor) -> Certified:
    dossier = licence.dossier
    meeting = find_approving_meeting(dossier, actor=actor)
    return Certified(
        number=licence.number,
        address=issuer.address_of(licence),
        holder=dossier.organisation.name_fr or dossier.organisation.name_ar,
        product=dossier.product.name_fr or dossier.product.name_ar,
        gtins=tuple(size.gtin for size in dossier.product.formats if size.gtin),
        scheme=dossier.regulation,
        decided_on=meeting.held_on if meeting else casablanca_today(actor.at),
        valid_from=datetime.combine(licence.valid_from, time.min, CASABLANCA).astimezone(UTC),
        valid_to=datetime.combine(licence.valid_to, time(23, 59, 59), CASABLANCA).astimezone(UTC),
    )
