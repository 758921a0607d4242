"""Propose the minutes, hear who sat, and sign them twice: versions, agreements, remarks, signatures."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("minutes_proposal", "minutes_agreement", "minutes_remark", "minutes_signature")
LAST = "(SELECT max(later.id) FROM minutes_proposal later WHERE later.meeting_id = NEW.id)"
BLANK = "trim(NEW.criterion) = '' OR trim(NEW.fact) = '' OR trim(NEW.evidence) = ''"


def signed(item: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM agenda_item JOIN meeting ON meeting.id = agenda_item.meeting_id WHERE agenda_item.id ="
        f" {item} AND meeting.state IN ('minutes_drafted', 'minutes_attested', 'minutes_signed'))"
    )


# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    ("minutes_proposal_is_kept", "minutes_proposal", "UPDATE", None, "a version of the minutes is never altered"),
    ("minutes_agreement_is_kept", "minutes_agreement", "UPDATE", None, "an approval of the minutes is kept"),
    ("minutes_signature_is_kept", "minutes_signature", "UPDATE", None, "a signature is never altered"),
    *((f"{table}_is_never_deleted", table, "DELETE", None, "what was said of the minutes is kept") for table in TABLES),
    (
        "minutes_remark_is_kept",
        "minutes_remark",
        "UPDATE",
        "OLD.answered_at IS NOT NULL OR NEW.text <> OLD.text OR NEW.user_id <> OLD.user_id"
        " OR NEW.proposal_id <> OLD.proposal_id OR NEW.made_at <> OLD.made_at"
        " OR coalesce(NEW.item_id, 0) <> coalesce(OLD.item_id, 0)",
        "a remark is answered once and never altered",
    ),
    (
        "minutes_signature_is_of_its_text",
        "minutes_signature",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM minutes_proposal WHERE minutes_proposal.id = NEW.proposal_id"
        " AND minutes_proposal.sha256 = NEW.sha256)",
        "a signature bears the hash of the text it signs",
    ),
    (
        "minutes_secretary_signs_first",
        "minutes_signature",
        "INSERT",
        "NEW.capacity = 'president' AND NOT EXISTS (SELECT 1 FROM minutes_signature other"
        " WHERE other.proposal_id = NEW.proposal_id AND other.capacity = 'secretary')",
        "the secretary signs the minutes first",
    ),
    (
        "minutes_bear_two_signatures",
        "meeting",
        "UPDATE OF state",
        "NEW.state = 'minutes_signed' AND OLD.state <> 'minutes_signed' AND (SELECT count(*) FROM minutes_signature"
        f" WHERE minutes_signature.proposal_id = {LAST}) <> 2",
        "minutes are signed by the secretary and by the president",
    ),
    (
        "refusal_is_reasoned",
        "meeting",
        "UPDATE OF state",
        "NEW.state IN ('minutes_drafted', 'minutes_attested', 'minutes_signed') AND EXISTS (SELECT 1 FROM agenda_item"
        " WHERE agenda_item.meeting_id = NEW.id AND agenda_item.ended = 'refused' AND NOT EXISTS (SELECT 1 FROM reason"
        " WHERE reason.item_id = agenda_item.id))",
        "a refusal without a reason cannot be signed",
    ),
    ("reason_is_whole", "reason", "INSERT", BLANK, "a reason states a criterion, a fact and its evidence"),
    ("reason_stays_whole", "reason", "UPDATE", BLANK, "a reason states a criterion, a fact and its evidence"),
    ("reason_comes_in_time", "reason", "INSERT", signed("NEW.item_id"), "the minutes are drawn up"),
    ("reason_stands", "reason", "UPDATE", signed("OLD.item_id"), "the minutes are drawn up"),
    ("reason_is_kept", "reason", "DELETE", signed("OLD.item_id"), "the minutes are drawn up"),
)


def upgrade() -> None:
    op.bulk_insert(sa.table("meeting_state", sa.column("code")), [{"code": "minutes_attested"}])
    op.create_table(
        "minutes_proposal",
        *numbered("meeting_id", "version"),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        *numbered("drawn_up_by_id"),
        moment("drawn_up_at"),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_minutes_proposal_sha256")),
        sa.CheckConstraint("version = 1 OR trim(changes) <> ''", name=op.f("ck_minutes_proposal_says_why")),
        refers("minutes_proposal", "meeting_id", "meeting.id"),
        refers("minutes_proposal", "drawn_up_by_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_proposal")),
        sa.UniqueConstraint("meeting_id", "version", name=op.f("uq_minutes_proposal_meeting_id_version")),
    )
    op.create_table(
        "minutes_agreement",
        *numbered("proposal_id", "user_id"),
        moment("agreed_at"),
        refers("minutes_agreement", "proposal_id", "minutes_proposal.id"),
        refers("minutes_agreement", "user_id", "user_account.id"),
        sa.PrimaryKeyConstraint("proposal_id", "user_id", name=op.f("pk_minutes_agreement")),
    )
    op.create_table(
        "minutes_remark",
        *numbered("proposal_id"),
        sa.Column("item_id", sa.Integer(), nullable=True),
        *numbered("user_id"),
        sa.Column("text", sa.Text(), nullable=False),
        moment("made_at"),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("trim(text) <> ''", name=op.f("ck_minutes_remark_stated")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL) AND (answered_at IS NULL) = (answered_by_id IS NULL)",
            name=op.f("ck_minutes_remark_answered_by_somebody"),
        ),
        sa.CheckConstraint("answer IS NULL OR trim(answer) <> ''", name=op.f("ck_minutes_remark_answered")),
        refers("minutes_remark", "proposal_id", "minutes_proposal.id"),
        refers("minutes_remark", "item_id", "agenda_item.id"),
        refers("minutes_remark", "user_id", "user_account.id"),
        refers("minutes_remark", "answered_by_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_remark")),
    )
    op.create_index(op.f("ix_minutes_remark_proposal_id"), "minutes_remark", ["proposal_id"])
    op.create_table(
        "minutes_signature",
        *numbered("proposal_id"),
        sa.Column("capacity", sa.String(length=40), nullable=False),
        *numbered("user_id"),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        moment("signed_at"),
        sa.Column("id", sa.Integer(), nullable=False),
        refers("minutes_signature", "proposal_id", "minutes_proposal.id"),
        refers("minutes_signature", "user_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_signature")),
        sa.UniqueConstraint("proposal_id", "capacity", name=op.f("uq_minutes_signature_proposal_id_capacity")),
        sa.UniqueConstraint("proposal_id", "user_id", name=op.f("uq_minutes_signature_proposal_id_user_id")),
    )
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
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DELETE FROM meeting_state WHERE code = 'minutes_attested'")


def numbered(*names: str) -> tuple[sa.Column, ...]:
    return tuple(sa.Column(name, sa.Integer(), nullable=False) for name in names)


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def sqlite(name: str, table: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    when = f"WHEN {condition}" if condition else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} FOR EACH ROW {when}"
        f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
    )


def postgresql(name: str, table: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition or 'true'} THEN"
        f" RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )
