"""Runs the migrations of the current application on its write engine; both databases share one history."""

from alembic import context
from flask import current_app

database = current_app.extensions["migrate"].db


def migrate() -> None:
    """Run in one transaction, so that a migration that fails leaves nothing behind."""
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


migrate()
