"""Guard the evidence: what is written for ever can be neither altered nor deleted, whoever asks."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    ("event_is_kept", "event", "UPDATE", None, "events are never altered"),
    ("event_is_never_deleted", "event", "DELETE", None, "events are never deleted"),
    ("paper_is_kept", "paper", "UPDATE", None, "issued papers are never altered"),
    ("paper_is_never_deleted", "paper", "DELETE", None, "issued papers are never deleted"),
    ("paper_file_is_kept", "paper_file", "UPDATE", None, "issued papers are never altered"),
    ("paper_file_is_never_deleted", "paper_file", "DELETE", None, "issued papers are never deleted"),
    ("report_is_kept", "report", "UPDATE", None, "a submitted report is frozen"),
    ("report_is_never_deleted", "report", "DELETE", None, "a submitted report is frozen"),
    ("ballot_is_kept", "ballot", "UPDATE", None, "a ballot is cast once"),
    ("ballot_is_never_deleted", "ballot", "DELETE", None, "a ballot is cast once"),
    (
        "ballot_in_time",
        "ballot",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM agenda_item WHERE agenda_item.id = NEW.item_id"
        " AND agenda_item.opened_at IS NOT NULL AND agenda_item.closed_at IS NULL)",
        "the vote on this item is not open",
    ),
    ("declaration_is_never_deleted", "declaration", "DELETE", None, "a declaration of interest is kept"),
    (
        "conflict_stands",
        "declaration",
        "UPDATE",
        "OLD.interest = 'conflict'",
        "a declared conflict stands",
    ),
    (
        "result_is_sealed",
        "agenda_item",
        "UPDATE OF meeting_id, dossier_id, opened_at, closed_at, ended, tally",
        "OLD.closed_at IS NOT NULL",
        "the result of a closed item is sealed",
    ),
    ("item_is_never_deleted", "agenda_item", "DELETE", None, "an item stays on its agenda"),
    (
        "document_is_kept",
        "document",
        "UPDATE OF dossier_id, kind, version, file_name, media_type, size, sha256, explanation, uploaded_at",
        None,
        "a document is followed by its next version, never altered",
    ),
    ("document_is_never_deleted", "document", "DELETE", None, "a document that was handed in is kept"),
    (
        "dossier_keeps_its_number",
        "dossier",
        "UPDATE OF number, filed_at, regulation, organisation_id",
        "OLD.number IS NOT NULL AND (NEW.number IS NULL OR NEW.number <> OLD.number OR NEW.filed_at <> OLD.filed_at"
        " OR NEW.regulation <> OLD.regulation OR NEW.organisation_id <> OLD.organisation_id)",
        "a filed dossier keeps its number, its date and its regulation",
    ),
    (
        "licence_keeps_its_mark",
        "licence",
        "UPDATE OF number, mark, valid_from, dossier_id",
        "OLD.mark IS NOT NULL AND (NEW.mark IS NULL OR NEW.mark <> OLD.mark OR NEW.number <> OLD.number"
        " OR NEW.valid_from <> OLD.valid_from OR NEW.dossier_id <> OLD.dossier_id)",
        "a signed licence keeps its number and its mark",
    ),
    ("licence_is_never_deleted", "licence", "DELETE", None, "an address printed on a jar never dies"),
    ("register_is_never_deleted", "register_entry", "DELETE", None, "an address printed on a jar never dies"),
)


def upgrade() -> None:
    write = sqlite if op.get_bind().dialect.name == "sqlite" else postgresql
    for guard in GUARDS:
        for statement in write(*guard):
            op.execute(statement)


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, *_ in GUARDS:
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON {table}")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")


def sqlite(name: str, table: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    when = f"WHEN {condition}" if condition else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} FOR EACH ROW {when}"
        f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
    )


def postgresql(name: str, table: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    test = f"IF {condition} THEN" if condition else "IF true THEN"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {test}"
        f" RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )
