"""A file is there whole or as it was, whoever reads and however often it is written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from certify.trust.whole import write_whole


@pytest.mark.parametrize("is_durable", [True, False])
def test_file_is_written_with_its_folder_and_nothing_is_left_beside_it(tmp_path, is_durable):
    path = tmp_path / "log" / "checkpoint"
    for content in (b"before", b"after"):
        write_whole(path, content, is_durable=is_durable)
        assert (path.read_bytes(), list(path.parent.iterdir())) == (content, [path])


def test_reader_never_meets_a_part(tmp_path):
    path, texts = tmp_path / "file", [bytes([letter]) * 200_000 for letter in b"abcd"]
    write_whole(path, texts[0], is_durable=False)
    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write_whole, path, text, is_durable=False) for text in texts * 20]
        seen = {path.read_bytes() for _ in range(200)}
    assert seen <= set(texts)
    assert [done.exception() for done in writing] == [None] * 80


def test_what_cannot_be_written_leaves_what_was_there(tmp_path):
    path = tmp_path / "file"
    write_whole(path, b"before", is_durable=True)
    with pytest.raises(TypeError):
        write_whole(path, "text", is_durable=True)
    assert path.read_bytes() == b"before"
