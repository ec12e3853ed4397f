"""Nothing is asked without leave: by an option, or by somebody at the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from eval.ai_cost.consent import Consent, at_a_terminal, obtain
from eval.ai_cost.estimate import CostEstimate, DetectorEstimate
from handover_rules.errors import UsageError


def estimate(*money: float | None) -> CostEstimate:
    each = (DetectorEstimate("ai", "m", "f", 3, 3, 300, 60, 20.0, 0, one, "rules.yaml:9:3") for one in money)
    return CostEstimate(tuple(each), again=False, at_most=False)


def shown(found: CostEstimate, consent: Consent, says: bool | None = None) -> str:
    out = io.StringIO()
    somebody = None if says is None else lambda question: says
    obtain(found, consent, Console(file=out, width=400, soft_wrap=True), somebody)
    return out.getvalue()


@pytest.mark.parametrize(
    ("consent", "says"),
    [
        (Consent(yes=True), None),
        (Consent(max_cost=0.5), None),
        (Consent(max_cost=0.5), False),  # nobody is asked what an option has answered
        (Consent(yes=True, max_cost=0.5), None),
        (Consent(), True),
    ],
)
def test_leave_is_given(consent: Consent, says: bool | None) -> None:
    assert shown(estimate(0.2, 0.3), consent, says).splitlines()[-1] == ("all of them together: about 0.5000")


@pytest.mark.parametrize(
    ("money", "consent", "says", "told"),
    [
        (0.5, Consent(), None, "Give --yes, or --max-cost AMOUNT"),
        (0.5, Consent(), False, "nothing was asked; --offline"),
        (0.5, Consent(max_cost=0.4999), True, "the estimate is 0.5000"),
        (0.5, Consent(yes=True, max_cost=0), None, "--max-cost 0: nothing was asked"),
        (None, Consent(max_cost=9), None, "what ai costs is not known. Write its `prices` at rules.yaml:9:3"),
    ],
)
def test_leave_is_not_given(money: float | None, consent: Consent, says: bool | None, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        shown(estimate(money), consent, says)
    assert told in str(caught.value)


def test_who_agrees_sees_where_prices_are_missing() -> None:
    assert "write its `prices: {input: .., output: ..}` at rules.yaml:9:3" in shown(estimate(None), Consent(yes=True))


def test_where_nothing_is_to_be_asked_nobody_is_bothered() -> None:
    assert shown(estimate(), Consent()) == ""


@pytest.mark.parametrize(("typed", "agrees"), [("y\n", True), ("\n", False), ("n\n", False), ("", False)])
def test_somebody_at_a_terminal_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, agrees: bool
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    errors = Terminal()
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert at_a_terminal() is None  # where standard error is none, nobody would see the question
    monkeypatch.setattr("sys.stderr", errors)
    somebody = at_a_terminal()
    assert somebody is not None
    assert somebody("Ask now?") is agrees
    assert "Ask now? [y/N]" in errors.getvalue()
    assert capsys.readouterr().out == ""
