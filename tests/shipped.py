"""Some of what is shipped, which is as good for most tests, and read several times faster.

The rules without the files of other languages, and the datasets with fewer of their messages.
"""

from __future__ import annotations

import atexit
import json
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

__all__ = ["LANGUAGES", "copy_datasets", "copy_rules", "english_rules"]

LANGUAGES = ("en", "es", "pt", "fr", "de", "it", "ar", "hi")

_ROOT = Path(__file__).parent.parent
_OF_A_LANGUAGE = re.compile(rf"-({'|'.join(LANGUAGES)})(-\w+)?$")


def copy_rules(there: Path, *languages: str) -> Path:
    """A copy for these languages (none: English) in the folder `there`, which it makes."""
    shutil.copytree(_ROOT / "rules", there)
    for file in there.glob("*.yaml"):
        own = _OF_A_LANGUAGE.search(file.stem)
        if own is not None and own[1] not in (languages or ("en",)):
            file.unlink()
    return there


@cache
def english_rules(*others: str) -> Path:
    """A copy for English, and for these languages, that nobody writes into."""
    folder = tempfile.mkdtemp(prefix="handover-rules-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return copy_rules(Path(folder) / "rules", "en", *others)


def copy_datasets(there: Path, *, every: int, only: str = "*.jsonl") -> None:
    """One conversation or group of so many in the files that `only` matches, in the folder `there`, which it makes."""
    for file in (_ROOT / "datasets").rglob(only):
        kept = there / file.relative_to(_ROOT / "datasets")
        kept.parent.mkdir(parents=True, exist_ok=True)
        with file.open(encoding="utf-8") as lines:
            rows = [(json.loads(line), line) for line in lines]
        groups = {_group(row): None for row, _ in rows}
        chosen = set(list(groups)[::every])
        kept.write_text("".join(line for row, line in rows if _group(row) in chosen), encoding="utf-8")


def _group(row: dict[str, str]) -> str:
    return row.get("conversation_id") or row.get("group") or row["id"]
