"""Giving the public log another key, planned or because the old one was stolen (`trust.md` §3.9: a new log).

The next log has a name of its own and the same files: its first entries are those of the log before, whose end the
roots sign. So every proof, time-stamp and head that an auditor or a phone holds goes on being one of the same tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from logging import Logger
from pathlib import Path

from sqlalchemy.orm import Session

from certify.operations.credentials import Issuer
from certify.operations.publishing import bring_up, log_in, publish
from certify.operations.witnessing import have_witnessed
from certify.trust.ceremony import end_log
from certify.trust.keys import KeyState
from certify.trust.note import Checkpoint


@dataclass(frozen=True)
class Witnesses:
    """Where witnesses are asked, by name, and where it is said that one did not answer."""

    addresses: Mapping[str, str]
    log: Logger


@dataclass(frozen=True)
class Succession:
    """What came of it: the end of the log before, the witnesses who signed that, and who issues from now on."""

    end: Checkpoint
    witnesses: frozenset[str]
    issuer: Issuer


def succeed_log(
    session: Session, public: Path, roots: Path, *, issuer: Issuer, state: KeyState, witnesses: Witnesses, at: datetime
) -> Succession:
    """Publish what was committed, have it witnessed, end the log there, and go on under another key.

    `public` is the folder of what is published; nobody else publishes meanwhile. `state` is RETIRED, or COMPROMISED for
    a key that was stolen. Killed on the way, the log is as it was, or the next publication signs for the one that the
    manifest names by then. Raises Forked when the database does not go on from what is published, BadNote when the log
    has another key by now, NoKeys, and Untrusted when the roots are not enough: then the log is as it was.
    """
    publish(session, public, issuer=issuer, at=at)
    have_witnessed(public, witnesses.addresses, issuer, witnesses.log)
    former = log_in(public, issuer)
    session.rollback()
    with former.alone():
        end = former.head()
        signed = have_witnessed(public, {}, issuer, witnesses.log)
        following = replace(issuer, keys=end_log(issuer.keys.folder, roots, end, at, state=state))
        bring_up(session, public, issuer=following, at=at)
    return Succession(end, signed, following)
