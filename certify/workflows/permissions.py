"""Who may do what. Moves name their roles in their own table; here stands the rest, and how a tie counts.

`domain.md` §2 is the source: the secretariat does not vote, an evaluator does not decide, the recused see nothing.
"""

from collections.abc import Collection

from certify.workflows.machine import Term
from certify.workflows.words import N_


class Role(Term):
    """What a person is in the system; one person may hold several."""

    APPLICANT = "applicant", N_("Applicant")
    """Represents the organisation that asks for the label, and later holds it."""
    SECRETARIAT = "secretariat", N_("Secretariat")
    """Keeps the files, the legal delays and the agenda; does not vote and never edits what an applicant filed."""
    RAPPORTEUR = "rapporteur", N_("Rapporteur")
    """Evaluates the dossiers appointed to them; does not decide on them."""
    INSPECTOR = "inspector", N_("Inspector")
    """Makes the visits they are named on: checks, samples, photos, findings; decides nothing."""
    MEMBER = "member", N_("Committee member")
    """Sits for a seat, as titular or alternate: reads, declares, votes."""
    PRESIDENT = "president", N_("President of the committee")
    """Opens and closes meetings and items, holds the casting vote, signs the minutes."""
    SIGNATORY = "signatory", N_("Signatory")
    """Signs authorisations, suspensions and withdrawals for the owner of the mark."""
    ADMINISTRATOR = "administrator", N_("Administrator")
    """Manages accounts and roles; reads no dossier."""
    LABORATORY = "laboratory", N_("Laboratory")
    """Analyses samples known by a code; reads no dossier and does not learn whose product it is (`domain.md` §2)."""
    AUDITOR = "auditor", N_("Auditor")
    """Reads everything, journal included, and writes nothing."""
    CLOCK = "clock", N_("Legal clock")
    """The passing of time; never a person."""


HUMAN_ROLES = tuple(role for role in Role if role is not Role.CLOCK)


class Relation(Term):
    """What ties a person to one dossier."""

    OWNER = "owner", N_("represents the applicant")
    APPOINTED = "appointed", N_("is the rapporteur")
    INSPECTING = "inspecting", N_("is named on a visit")
    SEATED = "seated", N_("sits where the dossier is on the agenda")
    ANALYSING = "analysing", N_("analyses a sample of the product")
    RECUSED = "recused", N_("is recused")


REQUIRED = {
    Role.APPLICANT: Relation.OWNER,
    Role.RAPPORTEUR: Relation.APPOINTED,
    Role.INSPECTOR: Relation.INSPECTING,
    Role.MEMBER: Relation.SEATED,
    Role.PRESIDENT: Relation.SEATED,
    Role.LABORATORY: Relation.ANALYSING,
}
"""A role in this table counts on a dossier only for somebody with that tie to it."""


COMMITTEE = frozenset({Role.MEMBER, Role.PRESIDENT})
"""The roles of whoever sits on the committee."""


def in_the_chair(held: Collection[Role], *, presides: bool) -> frozenset[Role]:
    """Return the roles, or capacities on a dossier, of somebody of whom the roll says whether they preside.

    A member who presides acts as president while they do; a president who does not preside has nothing of it. Whoever
    has no part in the committee (recused, rapporteur, office) never gets any.
    """
    held = frozenset(held)
    return held | {Role.PRESIDENT} if presides and held & COMMITTEE else held - {Role.PRESIDENT}


def capacities(roles: Collection[Role], relations: Collection[Relation]) -> frozenset[Role]:
    """Return the roles that a person really has on one dossier; a recused person has none, whatever their roles.

    Nobody evaluates and decides the same dossier (ISO/IEC 17065, 7.5 and 7.6): neither its rapporteur nor an inspector
    of its visits sits on it, and nobody handles their own organisation's dossier but as its applicant. Whoever analyses
    a sample of it is blind to the rest (7.3): other roles would lift the blindfold.
    """
    if Relation.RECUSED in relations:
        return frozenset()
    held = frozenset(role for role in roles if role not in REQUIRED or REQUIRED[role] in relations)
    if Relation.ANALYSING in relations:
        return held & {Role.LABORATORY}
    if Relation.OWNER in relations:
        return held & {Role.APPLICANT}
    if not {Relation.APPOINTED, Relation.INSPECTING}.isdisjoint(relations):
        return held - {Role.MEMBER, Role.PRESIDENT}
    return held


class Right(Term):
    """What a person may do that moves nothing from one state to another."""

    # On one dossier: counted on the person's capacities there.
    READ_DOSSIER = "read_dossier", N_("Read a dossier and its documents")
    READ_REPORT = "read_report", N_("Read the evaluation report")
    READ_JOURNAL = "read_journal", N_("Read the journal of a dossier")
    READ_PAPERS = "read_papers", N_("Read the papers issued on a dossier")
    EXPORT_PACK = "export_pack", N_("Download the evidence pack of a decision")
    EDIT_DRAFT = "edit_draft", N_("Write a draft and attach its documents")
    CHECK_DOCUMENTS = "check_documents", N_("Check the documents of a dossier")
    FILL_GRID = "fill_grid", N_("Fill in the review grid")
    CONDUCT_VISIT = "conduct_visit", N_("Make a visit")
    DECLARE_INTEREST = "declare_interest", N_("Declare an interest or none")
    VOTE = "vote", N_("Cast a ballot")
    GIVE_OPINION = "give_opinion", N_("Give an advisory opinion")
    RULE_ITEM = "rule_item", N_("State the terms of an adjournment")
    PRINT_MARKS = "print_marks", N_("Print the mark of a licence and order its labels")
    PRINT_LABELS = "print_labels", N_("Download the sheets of labels released")
    # Anywhere: counted on the person's roles.
    KEEP_ORGANISATION = "keep_organisation", N_("Keep the particulars of the organisation")
    START_DOSSIER = "start_dossier", N_("Start a dossier")
    WORK_OFFICE = "work_office", N_("Work at the secretariat’s desk")
    WORK_EVALUATION = "work_evaluation", N_("Work at the rapporteur’s desk")
    WORK_INSPECTION = "work_inspection", N_("Work at the inspector’s desk")
    WORK_COMMITTEE = "work_committee", N_("Sit on the committee")
    WORK_LABORATORY = "work_laboratory", N_("Analyse the samples received")
    READ_MEETING = "read_meeting", N_("Read a meeting and its minutes")
    PLAN_MEETING = "plan_meeting", N_("Plan a meeting and its agenda")
    REVIEW_MINUTES = "review_minutes", N_("Approve proposed minutes or remark on them")
    RECORD_ATTENDANCE = "record_attendance", N_("Record who is present")
    READ_LICENCES = "read_licences", N_("Read the list of licences")
    READ_CASES = "read_cases", N_("Look into suspected copies")
    MANAGE_USERS = "manage_users", N_("Manage accounts and roles")
    READ_INTERESTS = "read_interests", N_("Read the yearly declarations of interest")
    KEEP_COMMITTEE = "keep_committee", N_("Compose the committee")


MAY: dict[Right, frozenset[Role]] = {
    Right.READ_DOSSIER: frozenset(
        {
            *(Role.APPLICANT, Role.SECRETARIAT, Role.RAPPORTEUR, Role.INSPECTOR),
            *(Role.MEMBER, Role.PRESIDENT, Role.SIGNATORY, Role.AUDITOR),
        }
    ),
    Right.READ_REPORT: frozenset(
        {Role.SECRETARIAT, Role.RAPPORTEUR, Role.MEMBER, Role.PRESIDENT, Role.SIGNATORY, Role.AUDITOR}
    ),
    Right.READ_JOURNAL: frozenset({Role.SECRETARIAT, Role.AUDITOR}),
    Right.READ_PAPERS: frozenset(
        {Role.APPLICANT, Role.SECRETARIAT, Role.RAPPORTEUR, Role.MEMBER, Role.PRESIDENT, Role.SIGNATORY, Role.AUDITOR}
    ),
    Right.EXPORT_PACK: frozenset({Role.SECRETARIAT, Role.SIGNATORY, Role.AUDITOR}),
    Right.EDIT_DRAFT: frozenset({Role.APPLICANT}),
    Right.CHECK_DOCUMENTS: frozenset({Role.SECRETARIAT}),
    Right.FILL_GRID: frozenset({Role.RAPPORTEUR}),
    Right.CONDUCT_VISIT: frozenset({Role.RAPPORTEUR, Role.INSPECTOR}),
    Right.DECLARE_INTEREST: frozenset({Role.MEMBER, Role.PRESIDENT}),
    Right.VOTE: frozenset({Role.MEMBER, Role.PRESIDENT}),
    Right.GIVE_OPINION: frozenset({Role.MEMBER, Role.PRESIDENT}),
    Right.RULE_ITEM: frozenset({Role.PRESIDENT}),
    Right.PRINT_MARKS: frozenset({Role.APPLICANT}),
    Right.PRINT_LABELS: frozenset({Role.APPLICANT, Role.SECRETARIAT}),
    Right.KEEP_ORGANISATION: frozenset({Role.APPLICANT}),
    Right.START_DOSSIER: frozenset({Role.APPLICANT}),
    Right.WORK_OFFICE: frozenset({Role.SECRETARIAT, Role.SIGNATORY, Role.AUDITOR}),
    Right.WORK_EVALUATION: frozenset({Role.RAPPORTEUR}),
    Right.WORK_INSPECTION: frozenset({Role.INSPECTOR, Role.RAPPORTEUR}),
    Right.WORK_COMMITTEE: frozenset({Role.MEMBER, Role.PRESIDENT}),
    Right.WORK_LABORATORY: frozenset({Role.LABORATORY}),
    Right.READ_MEETING: frozenset({Role.SECRETARIAT, Role.MEMBER, Role.PRESIDENT, Role.SIGNATORY, Role.AUDITOR}),
    Right.PLAN_MEETING: frozenset({Role.SECRETARIAT}),
    Right.REVIEW_MINUTES: frozenset({Role.MEMBER, Role.PRESIDENT}),
    Right.RECORD_ATTENDANCE: frozenset({Role.SECRETARIAT, Role.PRESIDENT}),
    Right.READ_LICENCES: frozenset({Role.SECRETARIAT, Role.SIGNATORY, Role.AUDITOR}),
    Right.READ_CASES: frozenset({Role.SECRETARIAT, Role.SIGNATORY, Role.AUDITOR}),
    Right.MANAGE_USERS: frozenset({Role.ADMINISTRATOR}),
    Right.READ_INTERESTS: frozenset({Role.SECRETARIAT, Role.PRESIDENT, Role.AUDITOR}),
    Right.KEEP_COMMITTEE: frozenset({Role.ADMINISTRATOR}),
}
"""The one table of rights. A right that is not here belongs to nobody."""


CHAIRED = frozenset({Right.RULE_ITEM, Right.RECORD_ATTENDANCE})
"""The rights of whoever presides: a member may ask, and the roll says whether they do."""


def may(right: Right, roles: Collection[Role]) -> bool:
    """Tell whether one of `roles` (capacities, when the right is on a dossier) carries `right`."""
    return not MAY[right].isdisjoint(roles)
