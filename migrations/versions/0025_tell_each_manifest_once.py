"""Tell the public log of each trust manifest once, and of none that is older than the one before: it is never mended."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

NAME = "ledger_entry_tells_a_newer_manifest"
SENTENCE = "the log tells of a newer manifest than before, once"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        newer = "json_extract(entry, '$.version') >= json_extract(NEW.entry, '$.version')"
        op.execute(
            f"CREATE TRIGGER {NAME} BEFORE INSERT ON ledger_entry FOR EACH ROW WHEN NEW.kind = 'keys'"
            f" AND EXISTS (SELECT 1 FROM ledger_entry WHERE kind = 'keys' AND {newer})"
            f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        )
        return
    newer = "(entry::json ->> 'version')::int >= (NEW.entry::json ->> 'version')::int"
    op.execute(
        f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF EXISTS (SELECT 1 FROM ledger_entry WHERE kind = 'keys' AND {newer}) THEN"
        f" RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {NAME} BEFORE INSERT ON ledger_entry FOR EACH ROW WHEN (NEW.kind = 'keys')"
        f" EXECUTE FUNCTION {NAME}()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {NAME}")
        return
    op.execute(f"DROP TRIGGER {NAME} ON ledger_entry")
    op.execute(f"DROP FUNCTION {NAME}()")
