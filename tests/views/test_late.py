"""The pages of a late item: the secretariat adds it, each member present agrees or not."""

from __future__ import annotations

from tests.sittings import SEATS, at_work, of_visitor, on_stage  # noqa: F401


def test_the_secretariat_adds_and_the_members_agree(stage, visitor):
    stage.gather()
    carol, meeting, dossier = visitor("carol"), stage.meeting, stage.spare
    page = f"/meetings/{meeting.id}/late"
    assert "Add a late item" in carol.get(f"/meetings/{meeting.id}/agenda").text
    refused = carol.post(page, dossier=dossier.id, reason="")
    assert (refused.status_code, "Write why it cannot wait." in refused.text) == (422, True)
    assert carol.post(page, dossier=dossier.id, reason="Urgence sanitaire").status_code == 303
    assert carol.get(f"/meetings/{meeting.id}/agenda").text.count("Added late") == 1
    visitor("pia").post(f"/committee/meetings/{meeting.id}/opening", version=stage.meeting.version)
    late = stage.meeting.items[2]
    stage.declare(*SEATS, item=late)
    bob, item = visitor("bob"), f"/committee/items/{late.id}"
    assert "Urgence sanitaire" in bob.get(item).text
    assert bob.post(f"{item}/late", agrees="perhaps", version=late.dossier.version).status_code == 422
    assert bob.post(f"{item}/late", agrees="yes", version=late.dossier.version).status_code == 303
    assert "Bob Test</bdi> – Agreed" in bob.get(item).text
    blocked = visitor("pia").post(f"{item}/opening", version=late.dossier.version)
    assert (blocked.status_code, "awaited of" in blocked.text) == (422, True)


def test_strangers_are_refused_and_change_nothing(stage, visitor):
    stage.gather()
    for name in ("alice", "bob", "mallory"):
        answer = visitor(name).post(f"/meetings/{stage.meeting.id}/late", dossier=stage.spare.id, reason="Oui")
        assert answer.status_code == 403
    assert visitor("carol").post(f"/committee/items/{stage.item.id}/late", agrees="yes").status_code == 403
    assert len(stage.meeting.items) == 2
