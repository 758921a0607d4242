"""A request from its first words to its filing or withdrawal: start, place, claims, commitment."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField
from wtforms.validators import DataRequired, ValidationError

from certify.forms.base import Form
from certify.forms.product import filiere_field, line, text, usage_field

NOWHERE = "0"
"""The choice of a site that is not chosen yet."""


@dataclass(frozen=True)
class Claims:
    """The sign claimed, by its number in the official list, who certified it, and the brand."""

    sign_id: int | None
    sign_body: str | None
    sign_certificate: str | None
    brand: str | None


class ScopeForm(Form):
    """What the list of documents depends on. `uses` names the uses of each value chain; the view sets it."""

    version = None
    uses: Mapping[str, Collection[str]]
    filiere = filiere_field()
    usage = usage_field()

    def validate_usage(self, field: Field) -> None:
        """Not every value chain has products for every use."""
        if field.data not in self.uses.get(self.filiere.data, (field.data,)):
            raise ValidationError(gettext("This value chain has no product for that use. Choose another use."))


class StartForm(Form):
    """A request begins with its value chain, its use, and one name by which to find it."""

    filiere = filiere_field()
    usage = usage_field()
    name_fr = line(_l("Name of the product in French"))
    name_ar = line(_l("Name of the product in Arabic"))

    def validate_name_fr(self, field: Field) -> None:
        """One name is enough to begin."""
        if not field.data and not self.name_ar.data:
            raise ValidationError(gettext("Enter the name of the product, in French or in Arabic."))

    def result(self) -> dict[str, str | None]:
        """Return the beginning of a request, by the name of its parts."""
        return {name: self[name].data for name in ("filiere", "usage", "name_fr", "name_ar")}


class PlaceForm(Form):
    """The third step: one of the sites of the organisation, which the view lists."""

    site_id = RadioField(_l("Where the product is made or packed"), validate_choice=False)

    def validate_site_id(self, field: Field) -> None:
        """Take a site of the list, or none yet."""
        if field.data and field.data not in [value for value, *_ in field.iter_choices()]:
            raise ValidationError(gettext("Choose a site of the list."))

    def result(self) -> int | None:
        """Return the number of the site."""
        return int(self.site_id.data) if self.site_id.data and self.site_id.data != NOWHERE else None


def sign_name(sign: object) -> str:
    """Write a recognised sign as the list shows it and as it may be typed back: its kind, name and order."""
    return f"{sign.sign} {sign.name} ({sign.order_number})"


def folded(name: str) -> str:
    """Reduce a name to what matters when somebody looks for it: no accents, no case, single spaces."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("’", "'"))
    return " ".join("".join(letter for letter in decomposed if not unicodedata.combining(letter)).split())


class ClaimsForm(Form):
    """The fourth step. `signs` is the official list, which the view sets; one is chosen by typing part of its name."""

    signs: Sequence[object] = ()
    sign_name = line(
        _l("Recognised sign claimed"), _l("Type part of its name and choose it; leave empty if none."), optional=True
    )
    sign_body = line(_l("Certification body"), _l("The body that certifies you for this sign."), optional=True)
    sign_certificate = line(_l("Number of your certificate"), optional=True)
    own_brand = line(
        _l("Your own brand"), _l("The brand on the label, if it is yours; leave empty if none."), optional=True
    )

    @property
    def found(self) -> list[object]:
        """The signs that what was typed may mean: the one of that very name, or all that contain it."""
        wanted = folded(self.sign_name.data or "")
        if not wanted:
            return []
        exact = [sign for sign in self.signs if wanted == folded(sign_name(sign))]
        return exact or [sign for sign in self.signs if wanted in folded(sign_name(sign))]

    def validate_sign_name(self, field: Field) -> None:
        """Take what means one sign of the list; say otherwise what it may mean."""
        found = self.found
        if not found:
            raise ValidationError(gettext("No recognised sign bears this name. Type a part of it, or leave it empty."))
        if len(found) > 1:
            raise ValidationError(gettext("Several recognised signs bear this name: choose one of the list."))
        field.data = sign_name(found[0])

    def result(self) -> Claims:
        """Return the step; without a sign there is no certificate of one."""
        sign = self.found[0] if self.found else None
        body, certificate = (self.sign_body.data, self.sign_certificate.data) if sign else (None, None)
        return Claims(sign.id if sign else None, body, certificate, self.own_brand.data)


class FilingForm(Form):
    """The commitment that every request bears."""

    is_engaged = BooleanField(
        _l("I commit myself to respect the regulations of use"),
        [DataRequired(_l("Tick the box to commit yourself: no request is filed without it."))],
    )


class WithdrawForm(Form):
    """Why a request is withdrawn, for whoever wants to say it."""

    reason = text(_l("Your reason, if you want to give it"), optional=True)


class ContractForm(Form):
    """The signature of the contract of use."""

    is_accepted = BooleanField(
        _l("I have read the contract and accept it for my organisation"),
        [DataRequired(_l("Tick the box to sign the contract."))],
    )
