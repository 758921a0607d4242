"""The common ground of the tables: naming of constraints, moments in UTC, terms of the field, sealed text."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import JSON, DateTime, ForeignKey, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from certify.workflows.machine import Term

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets the zone of what it stores, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        """Refuse a moment without a zone: a legal delay must not depend on the machine it is read on."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """Return an aware moment on every database."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class Word(TypeDecorator[Term]):
    """A term of the field, stored by its value and read back as the member of its enumeration."""

    impl = String(40)
    cache_ok = True

    def __init__(self, term: type[Term]) -> None:
        super().__init__()
        self.term = term

    def process_bind_param(self, value: Term | str | None, dialect: object) -> str | None:
        """Store the value; anything that is not a word of the enumeration raises ValueError."""
        return None if value is None else str(self.term(value))

    def process_result_value(self, value: str | None, dialect: object) -> Term | None:
        """Return the member."""
        return None if value is None else self.term(value)


class Sealed(TypeDecorator[str]):
    """Personal text encrypted at rest (`domain.md` §3.8, law 09-08): national identity number, telephone.

    `Sealed.keys` is set once, by `create_app`; the first key seals, all of them open.
    """

    impl = Text
    cache_ok = True
    keys: MultiFernet | None = None

    @classmethod
    def use(cls, *keys: str) -> None:
        """Take the url-safe base64 keys, newest first."""
        cls.keys = MultiFernet([Fernet(key) for key in keys])

    def process_bind_param(self, value: str | None, dialect: object) -> str | None:
        """Encrypt before it leaves for the database."""
        return None if value is None else self.keys.encrypt(value.encode()).decode()

    def process_result_value(self, value: str | None, dialect: object) -> str | None:
        """Decrypt what came back."""
        return None if value is None else self.keys.decrypt(value.encode()).decode()


class Base(DeclarativeBase):
    """What every table inherits."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment, dict: JSON, list: JSON, str: Text}


class Numbered(Base):
    """A table whose rows have a number of their own."""

    __abstract__ = True

    @declared_attr
    def id(cls) -> Mapped[int]:
        """The row's number."""
        return mapped_column(primary_key=True)


def term(kind: type[Term], **options: object) -> MappedColumn:
    """Declare a column that holds a word of `kind`."""
    return mapped_column(Word(kind), **options)


def to(target: str, **options: object) -> MappedColumn:
    """Declare a column that refers to `target` ("table.column"); rows referred to are never deleted."""
    return mapped_column(ForeignKey(target, ondelete="RESTRICT"), **options)
