"""The walls of the house, read from the source itself: who may import whom, and what each room never does.

import-linter holds the same arrows from `setup.cfg`; two hands wrote them, so that one cannot be loosened alone.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "certify"
BELOW_VIEWS = {"config", "extensions", "forms", "operations", "queries", "models", "workflows"}
BELOW_VIEWS |= {"pdf", "pack", "mail", "trust"}
MAY_IMPORT = {
    "workflows": set(),
    "reference": set(),
    "regulation": set(),
    "translations": set(),
    "models": {"workflows"},
    "queries": {"models", "workflows"},
    "pdf": {"workflows", "translations"},
    "pack": {"workflows", "translations"},
    "mail": {"workflows"},
    "trust": {"workflows"},
    "operations": {"queries", "models", "workflows", "pdf", "mail", "trust"},
    "forms": {"queries", "workflows"},
    "config": set(),
    "extensions": {"models", "translations"},
    "serving": set(),
    "views": BELOW_VIEWS,
    "cli": BELOW_VIEWS | {"cli_clock", "cli_context", "cli_keys", "cli_migrations", "serving"},
    "cli_clock": BELOW_VIEWS | {"cli_context", "cli_keys"},
    "cli_context": BELOW_VIEWS,
    "cli_keys": BELOW_VIEWS | {"cli_context", "cli_paper_keys"},
    "cli_paper_keys": BELOW_VIEWS,
    "cli_migrations": {"extensions"},
    "__init__": BELOW_VIEWS | {"views", "cli"},
}
FORBIDDEN_NAMES = {"common", "helpers", "misc", "utils", "util"}
WRITES = {"add", "add_all", "commit", "delete", "flush", "merge"}
COMMITTING = {"operations/printing.py", "operations/delivery.py", "operations/publishing.py"}
"""What the commands run thing by thing: a paper printed, a message sent, a file published stands by itself."""
PRINTING = {
    "cli.py": ["paper", "pack"],
    "cli_clock.py": ["print_and_deliver"],
    "cli_keys.py": ["current_press"],
}
"""The commands that print load WeasyPrint and pyHanko when they are called: the web workers never do."""
TOKENS = {"trust/keyring.py": ["read_signer"], "trust/paper_keys.py": ["_in_token"]}
"""What reads a key loads PKCS #11 where a token is told of: nobody else needs its package."""
LARGE = {
    "cli_migrations.py": ["_load"],
    "operations/places.py": ["open_places"],
    "operations/storage.py": ["_examine_pdf"],
    "pdf/lettering.py": ["lettering", "outlined", "_font"],
    "queries/units.py": ["_registry"],
    "views/judging.py": ["_judged"],
}
"""What few requests need and weighs some ten megabytes in every process: Alembic, fontTools, pikepdf, pint, pyHanko;
and what is optional.
"""


@cache
def sources() -> list[tuple[Path, ast.Module]]:
    return [(path.relative_to(HOUSE), ast.parse(path.read_text("utf-8"))) for path in sorted(HOUSE.rglob("*.py"))]


def room(path: Path) -> str:
    """Answer the layer a file belongs to: its first folder, or its own name at the top."""
    return path.parts[0] if len(path.parts) > 1 else path.stem


def imports(tree: ast.AST, package: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the full name of all that a module imports, wherever it does so; `package` resolves relative imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            start = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{start}.{alias.name}" for alias in node.names)


def trespasses(layer: str, tree: ast.AST, package: tuple[str, ...] = ()) -> list[str]:
    """List what a module of this layer imports and may not."""
    ours = [name.split(".")[1] for name in imports(tree, package) if name.startswith("certify.")]
    return [target for target in ours if target != layer and target not in MAY_IMPORT[layer]]


def inner_imports(tree: ast.AST) -> list[str]:
    """List the functions, other than create_app, that import something when called."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [function.name for function in functions if function.name != "create_app" and list(imports(function))]


def session_calls(tree: ast.AST) -> set[str]:
    """Name the methods called on a variable that is called `session`, or on `db.session`."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    methods = (call for call in calls if isinstance(call, ast.Attribute))
    return {method.attr for method in methods if ast.unparse(method.value).split(".")[-1] == "session"}


def test_every_room_has_its_arrows():
    assert {room(path) for path, _ in sources()} == set(MAY_IMPORT)


def test_arrows_point_one_way():
    found = {str(path): trespasses(room(path), tree, ("certify", *path.parts[:-1])) for path, tree in sources()}
    assert {path: names for path, names in found.items() if names} == {}


def test_rules_import_the_standard_library_alone():
    names = {
        (str(path), name.split(".")[0])
        for path, tree in sources() if room(path) == "workflows"
        for name in imports(tree, ("certify", *path.parts[:-1]))
    }  # fmt: skip
    assert {(path, name) for path, name in names if name not in {*sys.stdlib_module_names, "certify"}} == set()


def test_imports_stand_at_the_top():
    found = {str(path): inner_imports(tree) for path, tree in sources()}
    assert {path: names for path, names in found.items() if names} == PRINTING | TOKENS | LARGE


def test_queries_never_write():
    found = {str(path): session_calls(tree) & WRITES for path, tree in sources() if room(path) == "queries"}
    assert {path: names for path, names in found.items() if names} == {}


def test_operations_never_commit():
    found = {str(path): session_calls(tree) & {"commit"} for path, tree in sources() if room(path) == "operations"}
    assert {path for path, names in found.items() if names} <= COMMITTING


def test_every_room_says_what_lives_there():
    texts = {str(path): ast.get_docstring(tree) or "" for path, tree in sources() if path.name == "__init__.py"}
    assert {path: text for path, text in texts.items() if path != "__init__.py" and len(text.splitlines()) < 3} == {}


def test_no_room_is_a_cupboard():
    modules = {path for path, _ in sources() if path.stem in FORBIDDEN_NAMES or path.parts[0] in FORBIDDEN_NAMES}
    classes = {
        node.name for _, tree in sources() for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Helper", "Manager"))
    }  # fmt: skip
    assert (modules, classes) == ({Path("views/helpers.py")}, set())


@pytest.mark.parametrize(
    ("layer", "source", "expected"),
    [
        ("workflows", "from certify.models import Dossier", ["models"]),
        ("operations", "from certify import forms", ["forms"]),
        ("operations", "from ..forms.ballot import BallotForm", ["forms"]),
        ("queries", "def f():\n    import certify.operations.dossiers", ["operations"]),
        ("queries", "from certify.models import Dossier\nfrom certify.queries.dossiers import get_dossier", []),
        ("queries", "from .dossiers import get_dossier", []),
    ],
)
def test_trespasses_are_seen(layer, source, expected):
    assert trespasses(layer, ast.parse(source), ("certify", layer)) == expected


def test_inner_imports_are_seen():
    tree = ast.parse("def create_app():\n    import a\ndef hidden():\n    import b\ndef plain():\n    pass")
    assert inner_imports(tree) == ["hidden"]


def test_session_calls_are_seen():
    tree = ast.parse("session.add(x)\ndb.session.commit()\nseen.add(y)\nsession.scalars(z)")
    assert session_calls(tree) == {"add", "commit", "scalars"}
