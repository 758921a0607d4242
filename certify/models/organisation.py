"""Who asks for the label, and where the product is made (`domain.md` §4.2, Operateur and Site)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Numbered, Sealed, term, to
from certify.workflows.machine import Term
from certify.workflows.words import N_


class Kind(Term):
    """The legal form of an applicant."""

    COOPERATIVE = "cooperative", N_("Cooperative")
    UNION = "union", N_("Union of cooperatives")
    EIG = "eig", N_("Economic interest group")
    COMPANY = "company", N_("Company")
    PERSON = "person", N_("Natural person")
    SELF_EMPLOYED = "self_employed", N_("Self-employed person")
    ASSOCIATION = "association", N_("Association")


class Trade(Term):
    """What the applicant does with the product: both may apply for the label."""

    PRODUCER = "producer", N_("Producer")
    PACKER = "packer", N_("Packer")
    BOTH = "both", N_("Producer and packer")


class SanitaryRegime(Term):
    """How the sanitary law (28-07) sees a site."""

    AUTHORISED = "authorised", N_("Authorised or approved by ONSSA")
    EXEMPT = "exempt", N_("Exempt: sells its whole output directly to the consumer")
    NOT_FOOD = "not_food", N_("Outside the food law (cosmetic or other product)")


class Organisation(Numbered):
    """A cooperative, union, group, company or person; one ICE, one organisation."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("members_count IS NULL OR members_count >= 0", name="members_count"),
        CheckConstraint("women_count IS NULL OR women_count <= members_count", name="women_count"),
    )

    name_fr: Mapped[str]
    name_ar: Mapped[str | None]
    kind: Mapped[Kind] = term(Kind)
    trade: Mapped[Trade | None] = term(Trade)
    ice: Mapped[str | None] = mapped_column(String(15), unique=True)
    tax_number: Mapped[str | None] = mapped_column(String(12))
    trade_register: Mapped[str | None]
    cooperative_register: Mapped[str | None]
    register_court: Mapped[str | None]
    address: Mapped[str | None]
    commune: Mapped[str | None]
    province: Mapped[int | None]
    email: Mapped[str | None]
    phone: Mapped[str | None] = mapped_column(Sealed)
    representative_name: Mapped[str | None]
    representative_capacity: Mapped[str | None]
    representative_cnie: Mapped[str | None] = mapped_column(Sealed)
    members_count: Mapped[int | None]
    women_count: Mapped[int | None]
    created_at: Mapped[datetime]
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    sites: Mapped[list[Site]] = relationship(back_populates="organisation", order_by="Site.id")

    __mapper_args__ = {"version_id_col": version}


class Site(Numbered):
    """A place of production, packing or storage, with its sanitary standing. `province` is the ONSSA code 1-75."""

    __tablename__ = "site"
    __table_args__ = (
        CheckConstraint("province BETWEEN 1 AND 75", name="province"),
        CheckConstraint("latitude IS NULL OR latitude BETWEEN 20.5 AND 36.1", name="latitude"),
        CheckConstraint("longitude IS NULL OR longitude BETWEEN -17.3 AND -0.9", name="longitude"),
    )

    organisation_id: Mapped[int] = to("organisation.id", index=True)
    name: Mapped[str]
    address: Mapped[str]
    commune: Mapped[str]
    province: Mapped[int]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    sanitary_regime: Mapped[SanitaryRegime] = term(SanitaryRegime)
    sanitary_number: Mapped[str | None] = mapped_column(String(24))
    sanitary_valid_to: Mapped[date | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(back_populates="sites")

    __mapper_args__ = {"version_id_col": version}
