"""The house rules: who may import whom, what a light command may load, how large a file may be."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("handover_rules", "eval", "service")

# A package or module -> what it must not import. Imports point down only.
FORBIDDEN = {
    "handover_rules": {"eval", "service", "app_streamlit"},
    "eval": {"service", "app_streamlit"},
    "service": {"eval", "app_streamlit"},
    # Deciding and reading rules do no I/O beyond the rule files: detectors may, and are imported lazily.
    "handover_rules/engine": {"handover_rules.detectors", "handover_rules.rulefile", "asyncio", "socket", "httpx"},
    "handover_rules/rulefile": {"handover_rules.detectors", "handover_rules.engine", "asyncio", "socket", "httpx"},
    "handover_rules/text": {"handover_rules.engine", "handover_rules.rulefile", "handover_rules.detectors"},
    # Channels read bodies and nothing else; the store and the outbox know nothing of HTTP routes.
    "service/channels": {"service.store", "service.outbox", "service.api", "sqlalchemy", "starlette", "fastapi"},
    "service/store": {"service.outbox", "service.api", "service.processor", "starlette", "fastapi"},
    "service/outbox": {"service.channels", "service.api", "service.processor", "starlette", "fastapi"},
}
HEAVY = {
    "alembic",
    "duckdb",
    "fastapi",
    "httpx2",
    "openai",
    "pandas",
    "scipy",
    "sklearn",
    "sqlalchemy",
    "statsmodels",
    "streamlit",
    "uvicorn",
}


def _modules(under: Path) -> list[Path]:
    return sorted(under.rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file; names of typing-only imports too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("under", sorted(FORBIDDEN))
def test_imports_point_down(under: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules(ROOT / under)
        for name in _imports(path)
        for forbidden in FORBIDDEN[under]
        if name == forbidden or name.startswith(forbidden + ".")
    ]
    assert wrong == []


def test_no_heavy_import_at_the_top_of_the_engine() -> None:
    """Provider SDKs and data libraries are imported inside functions, or in the SDK's own module."""
    wrong = []
    for path in _modules(ROOT / "handover_rules"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            wrong += [f"{path.relative_to(ROOT)}: {name}" for name in names if name.split(".")[0] in HEAVY]
    assert wrong == ["handover_rules/detectors/chat_model.py: openai"]


@pytest.mark.parametrize("arguments", [["--help"], ["check", "rules"], ["test", "rules"], ["explain", "E103"]])
def test_light_commands_load_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from handover_rules.cli import main\n"
        f"sys.argv = ['handover', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
        f"print('LOADED', sorted({HEAVY!r} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_files_stay_small() -> None:
    """One file, one idea: 500 lines is where an idea has become two."""
    long = [
        f"{path.relative_to(ROOT)} has {lines} lines"
        for package in (*PACKAGES, "tests")
        for path in _modules(ROOT / package)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 500
    ]
    assert long == []


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_exported_exists(package: str) -> None:
    """Every name in a module's `__all__` is there."""
    for path in _modules(ROOT / package):
        if path.name == "__main__.py":
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name)
        missing = [export for export in getattr(module, "__all__", ()) if not hasattr(module, export)]
        assert missing == [], name
