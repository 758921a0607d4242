"""The modules of `/check` in Node: what verifies our signatures there is another implementation than ours, in another
language (WebCrypto), and what it reads was signed by ours or is one of the published vectors.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from tests.backends import need_node
from tests.trust.kept import for_node

TRIED = Path(__file__).with_name("verify.test.mjs")


def test_the_page_verifies_as_we_sign(tmp_path):
    given = tmp_path / "given.json"
    given.write_text(json.dumps(for_node()))
    command = [need_node(), "--test", "--test-reporter=tap", str(TRIED)]
    ran = subprocess.run(command, env=os.environ | {"GIVEN": str(given)}, capture_output=True, text=True, check=False)
    failed = re.findall(r"^ *not ok \d+ - (.*)$", ran.stdout, re.MULTILINE)
    assert (failed, ran.returncode) == ([], 0), ran.stdout + ran.stderr
    assert int(re.search(r"^# pass (\d+)$", ran.stdout, re.MULTILINE)[1]) > 50
