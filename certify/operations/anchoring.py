"""Fixing the moment of the public log from outside: a time-stamp over its head, once a day (`trust.md` §3.8, RFC 3161).

Whoever rewrote the log, with every key of ours and every witness, would have no time-stamp of then. The files are
handed out beside the log: the head as it was stamped, and the token; the entry `anchor` holds the hash of the token.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from logging import Logger
from pathlib import Path

from sqlalchemy.orm import Session

from certify.operations.acting import Actor
from certify.operations.ledger import log
from certify.operations.patience import Patience
from certify.operations.publishing import LOG, is_published, write
from certify.queries.calendar import casablanca_today
from certify.queries.ledger import find_last_of
from certify.trust.keys import to_text
from certify.trust.tiles import CHECKPOINT

KIND, ANCHORS = "anchor", f"{LOG}/anchor"
STAMP, AGAIN_AFTER = "stamp", timedelta(minutes=10)
"""How long an authority that did not answer is left alone."""

Stamp = Callable[[bytes], bytes]
"""Returns the time-stamp token (DER) over a content; raises OSError or ValueError when there is none."""


def anchor_head(
    session: Session, folder: Path, stamp: Stamp | None, logger: Logger, *, at: datetime, patience: Patience
) -> bool:
    """Have the head of the log stamped, if today's was not, and tell the log; return whether that was done.

    `folder` is that of what is published. An authority that does not answer stops nothing: it is asked again later.
    """
    if stamp is None or not is_published(folder) or not patience.is_over(STAMP, at, AGAIN_AFTER):
        return False
    last = find_last_of(session, KIND)
    if last and casablanca_today(last.at) == casablanca_today(at):
        return False
    head = (folder / LOG / CHECKPOINT).read_bytes()
    session.rollback()  # nobody waits for us while we wait for the authority
    try:
        token = stamp(head)
    except (OSError, ValueError) as fault:
        patience.note(STAMP, at)
        logger.warning("The head of the log was not time-stamped: %s", fault)
        return False
    digest = to_text(sha256(token).digest())
    write(folder / ANCHORS / f"{digest}.checkpoint", head)
    write(folder / ANCHORS / f"{digest}.tst", token)
    log(KIND, actor=Actor(session, None, at), tst=digest)
    return True
