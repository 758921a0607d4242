"""What the product is, where it comes from, what it claims: the shape of each step, never its completeness."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, FieldList, FormField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from certify.forms.auth import OneOf
from certify.forms.base import Form
from certify.workflows.criteria import Usage
from certify.workflows.errors import Malformed
from certify.workflows.identifiers import format_gtin, parse_gtin
from certify.workflows.words import tidy

UNITS = ("g", "kg", "ml", "cl", "l")
MAX_FORMATS = 60
SHORT = Length(max=200, message=_l("Use at most 200 characters."))
TEXT = Length(max=6000, message=_l("Use at most 6,000 characters; the technical sheet may say more."))


@dataclass(frozen=True)
class Format:
    """One size the product is sold in, in canonical form."""

    content: str
    unit: str
    packaging: str | None
    gtin: str | None


@dataclass(frozen=True)
class Identity:
    """What the product is."""

    filiere: str
    usage: str
    category: str | None
    name_fr: str | None
    name_ar: str | None
    name_en: str | None
    formats: Sequence[Format]


@dataclass(frozen=True)
class Making:
    """Where the product comes from and how it is made."""

    variety: str | None
    origin_area: str | None
    raw_material: str | None
    ingredients: str | None
    process: str | None
    terroir_link: str | None
    storage: str | None
    annual_volume: str | None


def one_line(value: object) -> object:
    """Keep one line of text without the characters that nobody sees and no paper can print."""
    if not isinstance(value, str):
        return value
    return " ".join("".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in value).split())


def plain_text(value: object) -> object:
    """Keep a text of several lines, with nothing invisible in it but the ends of its lines."""
    if not isinstance(value, str):
        return value
    kept = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in kept if letter in "\n\t" or unicodedata.category(letter) != "Cc")


def line(label: str, hint: str = "", *, optional: bool = False) -> StringField:
    """Make a field of one short line. It may stay empty; `optional` says that it may to the end."""
    return StringField(label, [Optional(), SHORT] if optional else [SHORT], description=hint, filters=[one_line])


def text(label: str, hint: str = "", *, optional: bool = False, required: str | None = None) -> TextAreaField:
    """Make a field of several lines. It may stay empty, unless `required` says what to do; `optional`, to the end."""
    asked = [DataRequired(required)] if required else [Optional()] if optional else []
    return TextAreaField(label, [*asked, TEXT], description=hint, filters=[plain_text])


def parse_content(typed: str) -> str:
    """Return how much a pack holds as a decimal; a comma, or Arabic figures, may be typed. Raises ValidationError."""
    try:
        amount = Decimal(tidy(typed).replace("٫", ".").replace(",", ".").replace(" ", ""))
    except InvalidOperation as error:
        raise ValidationError(gettext("Enter a number, such as 250 or 0,5.")) from error
    if not amount.is_finite() or not Decimal("0.001") <= amount <= Decimal("100000"):
        raise ValidationError(gettext("Enter a number between 0,001 and 100 000."))
    return format(amount.quantize(Decimal("0.001")).normalize(), "f")


def filiere_field() -> SelectField:
    """Make the field of the value chain; the view gives it those of the regulation."""
    return SelectField(_l("Value chain"), [OneOf(_l("Choose the value chain."))], validate_choice=False)


def usage_field() -> RadioField:
    """Make the field of what the product is for."""
    return RadioField(
        _l("What it is for"),
        [OneOf(_l("Choose what the product is for."))],
        choices=[SelectChoice(usage.value, _l(usage.label)) for usage in Usage],
        validate_choice=False,
    )


class FormatForm(Form):
    """One line of the formats; a line left empty, or ticked to be removed, is no format."""

    version = None
    content = StringField(_l("Net content"), filters=[one_line])
    unit = SelectField(
        _l("Unit"),
        choices=[SelectChoice("", _l("Choose…")), *(SelectChoice(unit, unit) for unit in UNITS)],
        validate_choice=False,
    )
    packaging = line(_l("Packaging"), _l("Such as a glass jar or a tin."), optional=True)
    gtin = StringField(_l("Bar code (GTIN)"), [Optional()])
    remove = BooleanField(_l("Remove this format"))

    @property
    def is_blank(self) -> bool:
        """Whether nothing is kept of this line."""
        return bool(self.remove.data) or not any(field.data for field in (self.content, self.packaging, self.gtin))

    @property
    def format(self) -> Format:
        """The line in canonical form, once it is valid; the fields keep what was typed, to be shown again."""
        gtin = parse_gtin(self.gtin.data) if self.gtin.data else None
        return Format(parse_content(self.content.data), self.unit.data, self.packaging.data, gtin)

    def validate_content(self, field: Field) -> None:
        """Ask for a quantity; the rest of a line says nothing without it."""
        if field.data:
            parse_content(field.data)
        elif not self.is_blank:
            raise ValidationError(gettext("Enter the net content of this format, or empty the whole line."))

    def validate_unit(self, field: Field) -> None:
        """A number needs its unit."""
        if self.content.data and field.data not in UNITS:
            raise ValidationError(gettext("Choose the unit of the net content."))

    def validate_gtin(self, field: Field) -> None:
        """Say what is wrong with a bar code."""
        try:
            parse_gtin(field.data)
        except Malformed as error:
            raise ValidationError(gettext(error.message, **error.facts)) from error

    def validate(self, extra_validators: object = None) -> bool:
        """Say nothing of a line that is to be removed."""
        return True if self.remove.data else super().validate(extra_validators)


class IdentityForm(Form):
    """The first step: what the product is and the formats it is sold in."""

    filiere = filiere_field()
    usage = usage_field()
    category = SelectField(
        _l("Declared category"),
        [Optional()],
        description=_l("What you declare the product to be; it is checked against the limits of that category."),
        validate_choice=False,
    )
    name_fr = line(_l("Name in French"), _l("As it stands on the label."))
    name_ar = line(_l("Name in Arabic"), _l("As it stands on the label."))
    name_en = line(_l("Name in English"), optional=True)
    formats = FieldList(FormField(FormatForm), max_entries=MAX_FORMATS)

    def validate_category(self, field: Field) -> None:
        """Refuse the category of another value chain: the one chosen before may still have been selected."""
        if field.data and not any(key == field.data for key, *_ in field.iter_choices()):
            raise ValidationError(gettext("Choose a category of this value chain, or none."))

    def validate_formats(self, field: FieldList) -> None:
        """Refuse the same bar code on two formats: it names one size."""
        seen = set()
        for form in self.kept:
            gtin = None if form.errors else form.format.gtin
            if gtin and gtin in seen:
                form.gtin.errors = [gettext("Two formats bear this bar code; each has its own.")]
                raise ValidationError(gettext("Two formats bear the same bar code."))
            seen.add(gtin)

    @property
    def kept(self) -> list[FormatForm]:
        """The lines that hold something."""
        return [entry.form for entry in self.formats.entries if not entry.form.is_blank]

    def result(self) -> Identity:
        """Return the step, without the lines that hold nothing."""
        scope = (self.filiere.data, self.usage.data, self.category.data or None)
        names = (self.name_fr.data, self.name_ar.data, self.name_en.data)
        return Identity(*scope, *names, tuple(form.format for form in self.kept))


def field_of(column: str) -> str:
    """Return the name of the field that holds a column of the making: WTForms keeps the word "process" for itself."""
    return "steps" if column == "process" else column


class MakingForm(Form):
    """The second step: where the product comes from and how it is made."""

    variety = line(_l("Variety, species or breed"), _l("If it has one, such as Picholine marocaine."), optional=True)
    origin_area = text(_l("Area of origin"), _l("The communes, douars or massifs that the raw material comes from."))
    raw_material = text(_l("Raw material"), _l("What it is, whether it is your own or bought, and from whom."))
    ingredients = text(_l("Ingredients"), _l("All of them, the largest part first; a single one is said too."))
    steps = text(_l("How it is made"), _l("Each step in its order, from the harvest to the closed pack."))
    terroir_link = text(_l("What it owes to its place"), _l("Soil, climate, know-how, history: why here."))
    storage = line(_l("How it is kept"), _l("For instance: dry, cool, away from light."))
    annual_volume = line(_l("Quantity made in a year"), _l("With its unit, such as 1 200 kg."))

    def result(self) -> Making:
        """Return the step."""
        return Making(**{name: self[field_of(name)].data for name in Making.__annotations__})


def shown_formats(formats: Sequence[object]) -> list[dict[str, object]]:
    """Write the saved formats as the form shows them."""
    return [
        {
            "content": each.content,
            "unit": each.unit,
            "packaging": each.packaging,
            "gtin": format_gtin(each.gtin) if each.gtin else None,
        }
        for each in formats
    ]
