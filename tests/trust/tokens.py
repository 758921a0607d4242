"""A PKCS #11 token of SoftHSM2, one for all the tests of a process: its library reads its settings once."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pkcs11
import pytest

LIBRARY = next((path for path in Path("/usr/lib").glob("**/libsofthsm2.so")), None)
needed = pytest.mark.skipif(
    LIBRARY is None or not shutil.which("softhsm2-util"), reason="SoftHSM2 (softhsm2) is not on this machine"
)


@cache
def room() -> Path:
    """Make an empty token, `terroir`; return the folder where `pin` says its number."""
    made = Path(tempfile.mkdtemp(prefix="certify-token-"))
    (made / "tokens").mkdir()
    (made / "softhsm2.conf").write_text(f"directories.tokendir = {made / 'tokens'}\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(made / "softhsm2.conf")
    command = ["softhsm2-util", "--init-token", "--free", "--label", "terroir", "--pin", "1234", "--so-pin", "5678"]
    subprocess.run(command, check=True, capture_output=True)
    (made / "pin").write_text("1234\n")
    (made / "pin").chmod(0o600)
    return made


def opened() -> pkcs11.Session:
    """Open the token to make a key in it."""
    room()
    return pkcs11.lib(str(LIBRARY)).get_token(token_label="terroir").open(rw=True, user_pin="1234")


def tell(path: Path, key: str) -> None:
    """Say in a file of the folder of keys that one is in the token."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'library = "{LIBRARY}"\ntoken = "terroir"\nkey = "{key}"\npin_file = "{room() / "pin"}"\n')
