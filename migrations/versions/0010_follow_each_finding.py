"""Follow each finding: its state, and every step from the plan to the verification, kept for ever."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATES = "noted open plan_proposed plan_accepted corrected closed unresolved overdue"

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    (
        "finding_is_kept",
        "finding",
        "UPDATE OF dossier_id, grade, criterion, statement, evidence_id, found_on, raised_by_id, sent_at",
        "OLD.sent_at IS NOT NULL",
        "a finding that was sent stays as it was",
    ),
    ("finding_is_never_deleted", "finding", "DELETE", "OLD.sent_at IS NOT NULL", "a finding that was sent is kept"),
    (
        "critical_is_visited",
        "finding_step",
        "INSERT",
        "NEW.action = 'close_finding' AND NEW.method <> 'visit'"
        " AND EXISTS (SELECT 1 FROM finding WHERE finding.id = NEW.finding_id AND finding.grade = 'critical')",
        "a critical finding is closed on a visit",
    ),
    ("finding_step_is_kept", "finding_step", "UPDATE", None, "a step is followed by the next, never altered"),
    ("finding_step_is_never_deleted", "finding_step", "DELETE", None, "a step is followed by the next, never altered"),
    ("finding_proof_is_kept", "finding_proof", "UPDATE", None, "a proof that was sent is kept"),
    ("finding_proof_is_never_deleted", "finding_proof", "DELETE", None, "a proof that was sent is kept"),
)


def upgrade() -> None:
    op.create_table(
        "finding_state",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_finding_state")),
    )
    op.bulk_insert(sa.table("finding_state", sa.column("code")), [{"code": code} for code in STATES.split()])
    create_steps()
    with op.batch_alter_table("finding") as batch:
        batch.add_column(sa.Column("state", sa.String(length=40), server_default="noted", nullable=False))
        batch.add_column(sa.Column("evidence_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("found_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    follow_what_stands()
    with op.batch_alter_table("finding") as batch:
        batch.alter_column("state", server_default=None)
        batch.alter_column("version", server_default=None)
        batch.alter_column("found_on", nullable=False)
        batch.drop_constraint(op.f("ck_finding_answered_together"), type_="check")
        batch.drop_constraint(op.f("fk_finding_document_id"), type_="foreignkey")
        for name in ("answer", "answered_at", "document_id"):
            batch.drop_column(name)
        batch.create_check_constraint(op.f("ck_finding_sent_once_noted"), "(state = 'noted') = (sent_at IS NULL)")
        batch.create_foreign_key(op.f("fk_finding_state"), "finding_state", ["state"], ["code"])
        batch.create_foreign_key(
            op.f("fk_finding_evidence_id"), "document", ["evidence_id"], ["id"], ondelete="RESTRICT"
        )
    write = sqlite if op.get_bind().dialect.name == "sqlite" else postgresql
    for guard in GUARDS:
        for statement in write(*guard):
            op.execute(statement)


def create_steps() -> None:
    op.create_table(
        "finding_step",
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.String(length=40), nullable=False) for name in ("action", "source", "target", "role")),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("who", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("method", sa.String(length=40), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(action = 'close_finding') = (method IS NOT NULL)", name=op.f("ck_finding_step_closed_by_a_method")
        ),
        sa.CheckConstraint("visited_on IS NULL OR method = 'visit'", name=op.f("ck_finding_step_visited_to_close")),
        sa.CheckConstraint(
            "action <> 'propose_plan' OR (said IS NOT NULL AND who IS NOT NULL AND due_on IS NOT NULL)",
            name=op.f("ck_finding_step_plan_is_whole"),
        ),
        *foreign("finding_step", finding_id="finding", actor_id="user_account", document_id="document"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_step")),
        sa.UniqueConstraint("finding_id", "sequence", name=op.f("uq_finding_step_finding_id_sequence")),
    )
    op.create_table(
        "finding_proof",
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        *foreign("finding_proof", step_id="finding_step", document_id="document"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_proof")),
        sa.UniqueConstraint("step_id", "document_id", name=op.f("uq_finding_proof_step_id_document_id")),
    )


def follow_what_stands() -> None:
    """Say where each finding stands, as the journal and the answers tell; an answer becomes the report of a correction.

    Nobody verified one under the law of then: what was answered waits for it.
    """
    connection = op.get_bind()
    sent = {}
    asked = sa.text("SELECT at, facts FROM event WHERE action = 'require_conformity' ORDER BY id")
    for at, facts in connection.execute(asked):
        told = json.loads(facts) if isinstance(facts, str) else facts
        sent |= {number: moment(at) for number in told.get("findings", ())}
    rows = connection.execute(sa.text("SELECT id, raised_at, answer, answered_at, document_id FROM finding")).all()
    for number, raised_at, answer, answered_at, document_id in rows:
        told_at = sent.get(number) or (moment(raised_at) if answer else None)
        state = "noted" if told_at is None else "open" if answer is None else "corrected"
        values = {"state": state, "sent_at": told_at, "found_on": moment(raised_at).date()}
        connection.execute(sa.update(FINDING).where(FINDING.c.id == number).values(**values))
        if answer is None:
            continue
        step = {"finding_id": number, "sequence": 1, "at": moment(answered_at), "action": "report_correction"}
        step |= {"source": "open", "target": "corrected", "role": "applicant", "said": answer}
        step_id = connection.execute(sa.insert(STEP).values(**step).returning(STEP.c.id)).scalar_one()
        if document_id is not None:
            proof = {"step_id": step_id, "document_id": document_id, "dated_on": moment(answered_at).date()}
            connection.execute(sa.insert(PROOF).values(**proof))


FINDING = sa.table(
    "finding",
    sa.column("id", sa.Integer),
    sa.column("state", sa.String),
    sa.column("sent_at", sa.DateTime(timezone=True)),
    sa.column("found_on", sa.Date),
)
STEP = sa.table(
    "finding_step",
    *(sa.column(name, sa.Integer) for name in ("id", "finding_id", "sequence")),
    sa.column("at", sa.DateTime(timezone=True)),
    *(sa.column(name, sa.String) for name in ("action", "source", "target", "role", "said")),
)
PROOF = sa.table(
    "finding_proof",
    *(sa.column(name, sa.Integer) for name in ("step_id", "document_id")),
    sa.column("dated_on", sa.Date),
)


def moment(value: str | datetime) -> datetime:
    """Read a moment as either database gives it."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def foreign(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")
        for column, target in targets.items()
    ]


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, *_ in GUARDS:
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON {table}")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    with op.batch_alter_table("finding") as batch:
        batch.drop_constraint(op.f("ck_finding_sent_once_noted"), type_="check")
        batch.drop_constraint(op.f("fk_finding_state"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_finding_evidence_id"), type_="foreignkey")
        batch.add_column(sa.Column("answer", sa.Text(), nullable=True))
        batch.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("document_id", sa.Integer(), nullable=True))
    latest = (
        "FROM finding_step WHERE finding_step.finding_id = finding.id AND action = 'report_correction'"
        " AND said IS NOT NULL ORDER BY sequence DESC LIMIT 1"
    )
    op.execute(f"UPDATE finding SET answer = (SELECT said {latest}), answered_at = (SELECT at {latest})")
    op.execute(
        "UPDATE finding SET document_id = (SELECT finding_proof.document_id FROM finding_proof JOIN finding_step"
        " ON finding_step.id = finding_proof.step_id WHERE finding_step.finding_id = finding.id"
        " ORDER BY finding_step.sequence DESC, finding_proof.id LIMIT 1)"
    )
    op.drop_table("finding_proof")
    op.drop_table("finding_step")
    with op.batch_alter_table("finding") as batch:
        for name in ("state", "evidence_id", "found_on", "sent_at", "version"):
            batch.drop_column(name)
        batch.create_check_constraint(op.f("ck_finding_answered_together"), "(answer IS NULL) = (answered_at IS NULL)")
        batch.create_foreign_key(
            op.f("fk_finding_document_id"), "document", ["document_id"], ["id"], ondelete="RESTRICT"
        )
    op.drop_table("finding_state")


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
