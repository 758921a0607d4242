"""Guard the public register: what was authorised stands, the state is that of the licence, nobody is forgotten."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# (trigger, when it fires, condition or None, sentence)
GUARDS = (
    (
        "register_entry_stands",
        "UPDATE OF mark, licence_id, number, valid_from, valid_to, photo_sha256",
        None,
        "what was authorised stands in the register as it was",
    ),
    (
        "register_entry_tells_its_licence",
        "UPDATE OF state",
        "NEW.state <> (SELECT state FROM licence WHERE id = NEW.licence_id)",
        "the register tells the state of its licence",
    ),
    ("register_entry_is_never_deleted", "DELETE", None, "the register forgets nobody"),
)


def upgrade() -> None:
    write = sqlite if op.get_bind().dialect.name == "sqlite" else postgresql
    for guard in GUARDS:
        for statement in write(*guard):
            op.execute(statement)


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, *_ in GUARDS:
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON register_entry")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")


def sqlite(name: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    when = f"WHEN {condition}" if condition else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {occasion} ON register_entry FOR EACH ROW {when}"
        f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
    )


def postgresql(name: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition or 'true'} THEN"
        f" RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER {name} BEFORE {occasion} ON register_entry FOR EACH ROW EXECUTE FUNCTION {name}()",
    )
