"""The certificate for machines: a W3C Verifiable Credential 2.0, signed as `vc+jwt` (`trust.md` §3.6).

It has the shape of a UNTP Digital Conformity Credential 0.6. It says what was allowed, to whom and until when, and
where its live state is read; never the state itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from certify.trust import tokens
from certify.trust.keys import Signer, to_bytes, to_text
from certify.workflows.numbering import MARK_LENGTH

KIND = "vc+jwt"
CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://test.uncefact.org/vocabulary/untp/dcc/0.6.0/",
)
ISSUER = "Terroir du Maroc"
DIGITAL_LINK = "https://id.gs1.org/01/"
ADDRESS = re.compile(rf"https?://.+/(?:253/\d{{13}}|v/)(?P<mark>[^/]{{{MARK_LENGTH}}})")
"""The canonical address of a certificate, with a GS1 key of the label and without."""


@dataclass(frozen=True)
class Certified:
    """What a credential says of a licence.

    `address` is the canonical address of its certificate, `gtins` the trade items by 14 digits; `valid_from` and
    `valid_to` are the first and the last second (aware).
    """

    number: str
    address: str
    holder: str
    product: str
    gtins: tuple[str, ...]
    scheme: str
    decided_on: date
    valid_from: datetime
    valid_to: datetime


def sign_credential(
    certified: Certified, *, identity: UUID, place: int, status: str, did: str, key: tuple[str, Signer], at: datetime
) -> str:
    """Return the signed credential; `place` is that of the licence in the list at `status`, `key` its id and signer.

    `identity` is random, so that the hash in the public log tells nobody anything who has not the credential.
    """
    payload = _payload(certified, did) | {
        "id": identity.urn,
        "iss": did,
        "iat": int(at.timestamp()),
        "status": {"status_list": {"idx": place, "uri": status}},
    }
    kid, signer = key
    return tokens.sign(payload, kind=KIND, kid=kid, signer=signer)


def read_credential(token: str, keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what a credential says; `keys` are those that may sign credentials. Raises tokens.Untrusted."""
    return tokens.read(token, kind=KIND, keys=keys)


def stated_in(token: str) -> dict[str, Any]:
    """Return what a credential says of its licence, whoever signed it: for one whose hash the log tells.

    What `stated` returns. Raises ValueError for what is no credential.
    """
    try:
        return stated(json.loads(to_bytes(token.split(".")[1])))
    except IndexError as error:
        raise ValueError("this is no credential of a licence") from error


def stated(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the payload of a credential says that the register says, too.

    `number`, `mark`, `holder`, `product`, `gtins`, `scheme` and `decided_on`. Raises ValueError for what is no
    credential of a licence, or calls its trade items by several names.
    """
    try:
        subject = payload["credentialSubject"]
        (assessed,) = subject["assessment"]
        products = [each["product"] for each in assessed["assessedProduct"]]
        (product,) = {each["name"] for each in products}
        return {
            "number": subject["name"],
            "mark": ADDRESS.fullmatch(subject["id"])["mark"],
            "holder": subject["issuedToParty"]["name"],
            "product": product,
            "gtins": sorted(
                each["id"].removeprefix(DIGITAL_LINK) for each in products if each["id"].startswith(DIGITAL_LINK)
            ),
            "scheme": subject["scope"]["id"].partition("?reglement=")[2],
            "decided_on": assessed["assessmentDate"],
        }
    except (LookupError, TypeError) as error:
        raise ValueError("this is no credential of a licence") from error


def called(words: Mapping[str, str]) -> str | None:
    """Return the one name by which a credential calls what has a name in several languages."""
    return words.get("fr") or words.get("ar")


def digest(token: str) -> str:
    """Return the SHA-256 of a credential as the public log writes it."""
    return to_text(sha256(token.encode()).digest())


def _payload(certified: Certified, did: str) -> dict[str, Any]:
    site = certified.address.partition("/253/")[0]
    attestation = f"{site}/c/{certified.number}"
    items = [f"{DIGITAL_LINK}{gtin}" for gtin in certified.gtins] or [f"{attestation}#product"]
    products = [{"product": {"type": ["Product"], "id": item, "name": certified.product}} for item in items]
    return {
        "@context": list(CONTEXTS),
        "type": ["DigitalConformityCredential", "VerifiableCredential"],
        "issuer": {"type": ["CredentialIssuer"], "id": did, "name": ISSUER},
        "validFrom": _moment(certified.valid_from),
        "validUntil": _moment(certified.valid_to),
        "credentialSubject": {
            "type": ["ConformityAttestation", "Attestation"],
            "id": certified.address,
            "name": certified.number,
            "attestationType": "certification",
            "assessorLevel": "3rdParty",
            "assessmentLevel": "GovtApproval",
            "issuedToParty": {"id": f"{attestation}#holder", "name": certified.holder},
            "scope": {
                "type": ["ConformityScheme"],
                "id": f"{site}/label?reglement={certified.scheme}",
                "name": f"Règlement d’usage {certified.scheme}",
            },
            "assessment": [
                {
                    "type": ["ConformityAssessment", "Declaration"],
                    "id": f"{attestation}#assessment",
                    "assessmentDate": certified.decided_on.isoformat(),
                    "conformityTopic": "governance.compliance",
                    "conformance": True,
                    "assessedProduct": products,
                }
            ],
        },
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
