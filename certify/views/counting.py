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
from certify.views.sending import recalled
from certify.workflows.licence import Verdict
from certify.workflows.scanning import FORGED_PATH, Channel, Standing, Tier, licence_path

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


def seen_licence(mark: str, verdict: Verdict, licence_id: int) -> Seen:
    """Say that the code of an authorisation was looked at; the same for its short and for its sealed address."""
    return Seen(licence_path(mark), Tier.LICENCE, STANDINGS.get(verdict, Standing.IN_USE), licence_id)


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
