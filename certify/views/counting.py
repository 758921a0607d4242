"""Which requests are scans: what a person opens, not what a machine fetches ahead; and the one seam that notes them.

Whatever answers for a code – `/v/<mark>` and the sealed addresses – puts what it was asked about on its `Answer`
(`seen`); the front then calls `count`. A page answered behind the front calls it by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from certify.operations.scanning import Recorder, Seen
from certify.queries.codes import Check, printed_path
from certify.views.sending import recalled
from certify.workflows.scanning import FORGED_PATH, Channel, Standing, Tier, licence_path
from certify.workflows.verdict import CodeState, Reason, SealReading, Verdict

VIA = "via"
"""The parameter by which our own pages say how a code reached them: `?via=typed`, `?via=pwa`."""

MACHINES = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|preview|fetch|facebookexternalhit|whatsapp|telegram|discord|slack|skype|viber"
    r"|embedly|pinterest|headless|lighthouse|monitor|curl|wget|python|java/|go-http|okhttp|libwww|axios|node",
    re.IGNORECASE,
)
"""Whoever fetches a page to show a preview of it, to list it or to watch it."""

AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
"""The headers by which a browser says that nobody asked for the page yet (prefetch, prerender, preview)."""

STANDINGS = dict.fromkeys((Verdict.SUSPENDED, Verdict.WITHDRAWN, Verdict.EXPIRED), Standing.ENDED)

FORGED = Seen(FORGED_PATH, Tier.FORGED, Standing.FORGED)
"""A seal that does not verify: counted by place alone, whatever it claims to be."""


STATES = {CodeState.PRINTED: Standing.PRINTED, CodeState.VOID: Standing.VOID}


def seen_of(check: Check) -> Seen | None:
    """Say what was looked at; None for what names nothing of ours.

    A licence is the same under its short and under its sealed address. A seal that is not ours is counted by place
    alone, whatever it claims to be; ours on what we never issued says that a key is lost.
    """
    reading, code = check.reading, check.code
    if reading.seal in (SealReading.FORGED, SealReading.UNKNOWN_KEY):
        return FORGED
    named = reading.identity
    if named and Reason.NOT_ISSUED in check.judgement.reasons and reading.seal is SealReading.GENUINE:
        return Seen(named.path, Tier.UNIT, Standing.UNISSUED)
    if code is None or code.state is CodeState.ABSENT:
        return None
    standing = STATES.get(code.state) or STANDINGS.get(check.verdict, Standing.IN_USE)
    if named and (named.serial or named.document not in (None, code.entry.mark)):
        return Seen(printed_path(named), Tier.UNIT, standing, code.entry.licence_id, packed_on=code.packed_on)
    if named and named.lot:
        return Seen(named.path, Tier.LOT, standing, code.entry.licence_id)
    return Seen(licence_path(code.entry.mark), Tier.LICENCE, standing, code.entry.licence_id)


def count(recorder: Recorder, seen: Seen, environ: Mapping[str, Any], at: datetime) -> None:
    """Note a look of a person at a code; a machine's is let pass. The address goes no further than this."""
    if environ["REQUEST_METHOD"] != "GET" or not environ.keys().isdisjoint(AHEAD):
        return
    agent = environ.get("HTTP_USER_AGENT", "")
    if is_machine(agent):
        return
    channel = channel_of(environ.get("QUERY_STRING", ""))
    recorder.note(seen, address=environ.get("REMOTE_ADDR") or "", agent=agent, channel=channel, at=at)


@recalled
def is_machine(agent: str) -> bool:
    """Tell from what a client calls itself whether nobody looks at what it fetches."""
    return MACHINES.search(agent) is not None


@recalled
def channel_of(query: str) -> Channel:
    """Tell from the query how the code was read; a telephone’s camera says nothing."""
    asked = parse_qs(query).get(VIA, [""])[0] if query else ""
    return Channel(asked) if asked in (Channel.TYPED, Channel.APP) else Channel.CAMERA
