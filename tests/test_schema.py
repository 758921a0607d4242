"""The tables: migrations and models say the same on both databases, and each step can be taken back."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade

from certify.extensions import db
from certify.models.case import CaseState
from certify.models.dossier import DossierState
from certify.models.finding import FindingState
from certify.models.label import LabelBatchState, LabelState
from certify.models.licence import LicenceState
from certify.models.meeting import MeetingState
from certify.models.visit import VisitState
from certify.workflows import batch, case, dossier, finding, label, licence, meeting, visit

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"


def test_the_migrated_tables_are_the_models(any_app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_the_migrations_are_numbered_without_gaps_and_never_import_the_application():
    files = sorted(VERSIONS.glob("*.py"))
    assert [file.name[:4] for file in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert all(re.fullmatch(r"\d{4}(_[a-z0-9]+)+\.py", file.name) for file in files)
    assert not [file.name for file in files if re.search(r"^\s*(from|import) certify", file.read_text(), re.M)]


def test_every_step_can_be_taken_back_and_taken_again(any_app):
    downgrade(revision="base")
    with db.engine.connect() as connection:
        schema = connection.dialect.default_schema_name if connection.dialect.name == "sqlite" else None
        assert set(sa.inspect(connection).get_table_names(schema)) <= {"alembic_version"}
    upgrade()


def test_the_states_in_the_database_are_those_of_the_rules(any_app):
    lives = {DossierState: dossier, MeetingState: meeting, LicenceState: licence}
    lives |= {FindingState: finding, VisitState: visit, LabelBatchState: batch, LabelState: label, CaseState: case}
    for table, states in ((table, life.State) for table, life in lives.items()):
        assert set(db.session.scalars(sa.select(table.code))) == {str(state) for state in states}
