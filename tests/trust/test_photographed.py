"""Which of the codes on a photo counts, and where it leads."""

from __future__ import annotations

import pytest

from certify.trust.photographed import Code, find_code
from tests.trust.kept import ADDRESSES, ITEM, SHORT, UNIT

HOSTS = {"tdm.ma", "old.tdm.ma"}


@pytest.mark.parametrize(
    "begun", ["https://tdm.ma", "http://tdm.ma", "https://tdm.ma:443", "tdm.ma", "HTTPS://OLD.TDM.MA"]
)
def test_a_code_of_ours_leads_to_its_page_however_its_host_is_written(begun):
    path = UNIT.removeprefix("https://tdm.ma")
    assert find_code([f"{begun}{path}"], HOSTS) == Code(None, path)
    assert find_code([f"{begun}{ITEM}?x=1"], HOSTS) == Code(None, ITEM)
    assert find_code([f"{begun}/V/{SHORT}.json"], HOSTS) == Code(None, f"/v/{SHORT}")


def test_a_code_of_ours_counts_before_that_of_another_whatever_their_order():
    elses, ours = "https://shop.example/x", f"http://tdm.ma/v/{SHORT}"
    assert (
        find_code(["WIFI:S:souk;;", elses, ours], HOSTS) == find_code([ours, elses], HOSTS) == Code(None, f"/v/{SHORT}")
    )
    assert find_code(["http://[::1", "https://tdm.ma/label", elses], HOSTS) == Code("shop.example", None)
    assert find_code(["http://[::1", "https://tdm.ma/label", "7K9M"], HOSTS) is None


def test_what_is_foreign_when_typed_is_so_on_a_photo():
    foreign = {text: read[1] for text, read in ADDRESSES.items() if read and read[0] == "foreign"}
    assert {text: find_code([text], HOSTS) for text in foreign} == {
        text: Code(host, None) for text, host in foreign.items()
    }
