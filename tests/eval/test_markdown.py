from __future__ import annotations

from collections.abc import Callable

from eval.ai_cost.use import AnswerUse
from eval.dataset import DataFile, Row
from eval.deciders import Prediction
from eval.figures.measure import Report, measure
from eval.figures.prevalence import NOTHING_ASSUMED
from eval.markdown import to_markdown
from handover_rules.signals import Score


def test_each_file_has_its_figures_and_the_ai_its_cost(make_row: Callable[..., Row]) -> None:
    rows = (make_row("a", label=1), make_row("b", label=0), make_row("c", label=1))
    predictions = [
        Prediction("a", "handover", None, 0.9, "", {"ai": Score(0.9)}),
        Prediction("b", "none", None, None, "", {"ai": Score(0.1)}),
        Prediction("c", "none", None, None, "", {"ai": Score(0.1)}),
    ]
    file = measure(DataFile("a|b.jsonl", "0" * 64, rows), predictions, "strict", {"ai": "ai@1"}, floor=1)
    report = Report("shop", "0123456789ab", "strict", None, None, NOTHING_ASSUMED, (file,))
    use = AnswerUse("ai", 1, 2, 0, 0, {}, 2, 0, 200, 40, 0.5)
    text = to_markdown(report, [use])
    assert text.startswith("### shop 0123456789ab: the whole ruleset; strict view\n\n#### `a\\|b.jsonl`\n")
    assert "| recall | 0.500 | 0.095 to 0.905 | 1 / 2 | positives |" in text
    assert "- detector ai: asked 3, answered 3" in text
    assert text.endswith(
        "- ai: 1 answered from the store, 2 asked (2 requests, 200 tokens in, 40 out; 0.5000 in the "
        "currency of its prices)\n"
    )
    assert "currency" not in to_markdown(report, [])
