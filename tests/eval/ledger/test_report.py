from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from eval.ledger.ledger import Ledger
from eval.ledger.report import print_ledger, print_rule
from tests.eval.ledger.conftest import ROWS

LONG = " ".join(["(human|agent|clerk) please"] * 12)


@pytest.mark.parametrize("width", [80, 100])
def test_a_long_phrase_is_cut_and_its_place_is_not(
    keep: Callable[..., Ledger], shop: Path, write_rows: Callable[..., Path], width: int
) -> None:
    path = shop / "shop.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("<person> please", f"({LONG}|agent please)"), "utf-8")
    ledger = keep(write_rows(ROWS))
    for printed, where in ((print_ledger, "shop.yaml:14"), (print_rule, "14")):
        said = StringIO()
        printed(ledger if printed is print_ledger else ledger.only("asked"), Console(file=said, width=width))
        lines = said.getvalue().splitlines()
        assert max(map(len, lines)) <= width
        (line,) = (line for line in lines if "((human|agent" in line)
        assert where in line
        assert line.rstrip().endswith("…")
