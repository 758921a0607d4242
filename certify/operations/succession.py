"""Giving the public log another key, planned or because the old one was stolen (`trust.md` §3.9: a new log).

The next log has a name of its own and the same files: its first entries are those of the log before, whose end the
roots sign. So every proof, time-stamp and head that an auditor or a phone holds goes on being one of the same tree.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from certify.operations.credentials import Issuer
from certify.operations.publishing import log_in, publish
from certify.trust.ceremony import end_log
from certify.trust.keys import KeyState
from certify.trust.note import Checkpoint


def succeed_log(
    session: Session, folder: Path, roots: Path, *, issuer: Issuer, state: KeyState, at: datetime
) -> tuple[Checkpoint, Issuer]:
    """Publish what was committed, end the log there, and go on under another key; return the end and who issues then.

    `folder` is that of what is published. `state` is RETIRED, or COMPROMISED for a key that was stolen. Killed on the
    way, the log is as it was, or the next publication signs for the one that the manifest names by then. Raises Forked
    when the database does not go on from what is published, NoKeys, and Untrusted when the roots are not enough: then
    the log is as it was.
    """
    publish(session, folder, issuer=issuer, at=at)
    former = log_in(folder, issuer)
    with former.alone():
        end = former.head()
        following = replace(issuer, keys=end_log(issuer.keys.folder, roots, end, at, state=state))
        log_in(folder, following).take_over()
    publish(session, folder, issuer=following, at=at)
    return end, following
