"""The dossier, its product, and the acts that hang on it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Base, Numbered, Word, term, to
from certify.models.organisation import Organisation, Site
from certify.models.sign import RecognisedSign
from certify.models.user import User
from certify.workflows.criteria import Usage
from certify.workflows.dossier import State
from certify.workflows.machine import Term
from certify.workflows.words import N_


class Channel(Term):
    """How a decision reached the applicant ("tout moyen faisant preuve de la réception", arr. 244-13)."""

    ACCOUNT = "account", N_("Opened in the applicant’s account")
    HAND = "hand", N_("Handed over against signature")
    REGISTERED_MAIL = "registered_mail", N_("Registered mail with acknowledgement")
    BAILIFF = "bailiff", N_("Court bailiff")


class DossierState(Base):
    """The states a dossier may be in: a new one is one INSERT."""

    __tablename__ = "dossier_state"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)


class Dossier(Numbered):
    """One request for one product. A number is given at filing, once; `regulation` is the version filed under."""

    __tablename__ = "dossier"
    __table_args__ = (
        CheckConstraint("number IS NOT NULL OR state IN ('draft', 'withdrawn')", name="filed_has_number"),
        CheckConstraint("(number IS NULL) = (filed_at IS NULL)", name="number_at_filing"),
        CheckConstraint(
            "rapporteur_id IS NOT NULL OR state NOT IN ('examination', 'conformity', 'ready', 'on_agenda',"
            " 'deliberation', 'opinion', 'approved', 'approved_with_reservations')",
            name="examined_has_rapporteur",
        ),
    )

    number: Mapped[str | None] = mapped_column(String(24), unique=True)
    organisation_id: Mapped[int] = to("organisation.id", index=True)
    site_id: Mapped[int | None] = to("site.id")
    state: Mapped[State] = mapped_column(Word(State), ForeignKey("dossier_state.code"), index=True)
    regulation: Mapped[str] = mapped_column(String(16))
    rapporteur_id: Mapped[int | None] = to("user_account.id", index=True)
    created_by_id: Mapped[int] = to("user_account.id")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    filed_at: Mapped[datetime | None]
    is_engaged: Mapped[bool] = mapped_column(default=False)
    asks_decision_as_is: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship()
    site: Mapped[Site | None] = relationship()
    product: Mapped[Product] = relationship(back_populates="dossier", cascade="all, delete-orphan")
    rapporteur: Mapped[User | None] = relationship(foreign_keys=[rapporteur_id])
    created_by: Mapped[User] = relationship(foreign_keys=[created_by_id])

    __mapper_args__ = {"version_id_col": version}


class Product(Numbered):
    """What the label is asked for. `filiere` and `category` (the declared grade) are codes of the regulation."""

    __tablename__ = "product"

    dossier_id: Mapped[int] = to("dossier.id", unique=True)
    name_fr: Mapped[str]
    name_ar: Mapped[str | None]
    name_en: Mapped[str | None]
    filiere: Mapped[str] = mapped_column(String(40), index=True)
    usage: Mapped[Usage] = term(Usage)
    category: Mapped[str | None] = mapped_column(String(40))
    variety: Mapped[str | None]
    origin_area: Mapped[str | None]
    raw_material: Mapped[str | None]
    ingredients: Mapped[str | None]
    process: Mapped[str | None]
    terroir_link: Mapped[str | None]
    storage: Mapped[str | None]
    annual_volume: Mapped[str | None]
    brand: Mapped[str | None]
    sign_id: Mapped[int | None] = to("recognised_sign.id")
    sign_body: Mapped[str | None]
    sign_certificate: Mapped[str | None]

    dossier: Mapped[Dossier] = relationship(back_populates="product")
    sign: Mapped[RecognisedSign | None] = relationship()
    formats: Mapped[list[ProductFormat]] = relationship(cascade="all, delete-orphan", order_by="ProductFormat.position")


class ProductFormat(Numbered):
    """One size the product is sold in: content with its unit, packaging, GTIN of 14 digits where there is one."""

    __tablename__ = "product_format"
    __table_args__ = (UniqueConstraint("product_id", "position"),)

    product_id: Mapped[int] = to("product.id")
    position: Mapped[int]
    content: Mapped[str] = mapped_column(String(12))
    unit: Mapped[str] = mapped_column(String(8))
    packaging: Mapped[str | None]
    gtin: Mapped[str | None] = mapped_column(String(14))


class Inadmissibility(Numbered):
    """An act of inadmissibility: proposed by one person, signed by another (move 6); a dropped proposal is removed."""

    __tablename__ = "inadmissibility"
    __table_args__ = (
        CheckConstraint("signed_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("(signed_by_id IS NULL) = (signed_at IS NULL)", name="signed_together"),
    )

    dossier_id: Mapped[int] = to("dossier.id", unique=True)
    ground: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str]
    proposed_by_id: Mapped[int] = to("user_account.id")
    proposed_at: Mapped[datetime]
    signed_by_id: Mapped[int | None] = to("user_account.id")
    signed_at: Mapped[datetime | None]

    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    signed_by: Mapped[User | None] = relationship(foreign_keys=[signed_by_id])


class Notification(Numbered):
    """Proof that a decision reached the applicant; its date starts the periods of appeal. One per paper."""

    __tablename__ = "notification"

    dossier_id: Mapped[int] = to("dossier.id", index=True)
    paper_id: Mapped[int] = mapped_column(Integer, ForeignKey("paper.id", ondelete="RESTRICT"), unique=True)
    channel: Mapped[Channel] = term(Channel)
    received_on: Mapped[date]
    proof: Mapped[str | None]
    recorded_by_id: Mapped[int] = to("user_account.id")
    recorded_at: Mapped[datetime]
