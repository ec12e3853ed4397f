"""`handover tune`, as an analyst runs it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from eval.dataset import read_dataset
from eval.training.train import train, write_model
from handover_rules.cli import build_app
from handover_rules.errors import UsageError
from handover_rules.rulefile import load_ruleset

Run = Callable[..., Result]

RULES = """\
ruleset: shop
thresholds:
  # How sure the model must be.
  local: {value: 0.99, env: SHOP_LOCAL} # too sure
detectors:
  local: {kind: linear, cost: 1, model: model.json}
rules:
  - id: phrase
    priority: 90
    when: {phrase: human please}
    then: handover
  - {id: score, when: {score: {of: local, at_least: $local}}, then: handover}
"""

_PEOPLE = ("agent", "person", "human", "operator", "somebody")
_THINGS = ("lamp", "sofa", "table", "carpet", "mirror", "shelf", "desk", "vase")


def _rows() -> list[dict[str, object]]:
    rng, rows = random.Random(3), []
    for number in range(900):
        label = int(rng.random() < 0.4)
        about, other = rng.choice(_THINGS), rng.choice(_PEOPLE)
        if rng.random() < 0.06:  # nobody writes so that all can be told apart
            text = f"the {about} {number}"
        else:
            text = (
                f"can i talk to an {other} about the {about} {number}" if label else f"how much is the {about} {number}"
            )
        split = "train" if number % 3 == 0 else "test"
        rows.append({"id": str(number), "text": text, "label": label, "category": "none", "split": split})
    return rows


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rules, a model that was trained, and messages."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "rules").mkdir()
    (folder / "datasets").mkdir()
    rows = (json.dumps(row | {"category": "explicit_request"} if row["label"] else row) for row in _rows())
    (folder / "datasets" / "messages.jsonl").write_text("\n".join(rows), encoding="utf-8")
    trained = train(read_dataset([folder / "datasets" / "messages.jsonl"]))
    write_model(trained, folder / "rules" / "model.json")
    return folder


@pytest.fixture
def run(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    (shop / "rules" / "shop.yaml").write_text(RULES, encoding="utf-8")
    monkeypatch.chdir(shop)
    return lambda *arguments: CliRunner().invoke(build_app(), ["tune", *arguments])


def test_a_goal_that_can_be_promised(run: Run) -> None:
    done = run("--goal", "precision >= 0.9")
    assert done.exit_code == 0, done.output
    first, second, *_ = done.stdout.splitlines()
    assert first.startswith("$local for precision >= 0.9; 600 messages that count in the strict view,")
    assert "precision is at least 0.9" in second
    assert "with 95 % certainty" in second
    assert "at 0.99, now" in done.stdout
    assert Path("rules/shop.yaml").read_text() == RULES


def test_it_is_written_and_the_comments_stay(run: Run) -> None:
    done = run("--goal", "precision >= 0.9", "--write")
    assert done.exit_code == 0, done.output
    text = Path("rules/shop.yaml").read_text()
    new = next(line for line in text.splitlines() if line.startswith("  local: {value"))
    assert text == RULES.replace("  local: {value: 0.99, env: SHOP_LOCAL} # too sure", new)
    assert new.endswith("} # too sure")
    assert f"rules/shop.yaml:4\n{new}" in done.stdout
    threshold = load_ruleset("rules").thresholds["local"]
    assert threshold.value < 0.99
    assert (threshold.env, threshold.goal) == ("SHOP_LOCAL", "precision >= 0.9")
    assert threshold.low95 is not None
    assert threshold.low95 >= 0.9
    assert threshold.data is not None
    assert threshold.data.startswith("messages@")
    digest = load_ruleset("rules").detectors["local"].digest  # type: ignore[union-attr]
    assert threshold.detector == f"local@{digest[:8]}"
    # The goal that the rules declare is meant from then on, and the same messages give the same file.
    again = run("--write")
    assert again.exit_code == 0, again.output
    assert Path("rules/shop.yaml").read_text() == text


def test_a_goal_that_cannot_be_promised_is_refused(run: Run) -> None:
    done = run("--goal", "recall >= 0.99", "--write")
    assert done.exit_code == 1, done.output
    assert "these messages cannot promise recall >= 0.99; nothing is chosen" in done.stdout
    assert "can be promised" in done.stdout
    assert Path("rules/shop.yaml").read_text() == RULES


def test_false_alarms_have_an_upper_bound(run: Run) -> None:
    done = run("--goal", "false_alarms <= 20", "--write")
    assert done.exit_code == 0, done.output
    threshold = load_ruleset("rules").thresholds["local"]
    assert threshold.low95 is None
    assert threshold.high95 is not None
    assert threshold.high95 <= 20


def test_costs_choose_as_well(run: Run) -> None:
    done = run("--cost", "20:1", "--prevalence", "0.05", "--json", "-", "--write")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["found"]["kind"] == "cheapest"
    assert found["found"]["cost"]["low"] <= found["found"]["cost"]["value"] <= found["found"]["cost"]["high"]
    threshold = load_ruleset("rules").thresholds["local"]
    assert (threshold.value, threshold.goal, threshold.low95) == (found["value"], None, None)


def test_the_json_says_what_the_terminal_says(run: Run) -> None:
    found = json.loads(run("--goal", "precision >= 0.9", "--json", "-").stdout)
    shown = run("--goal", "precision >= 0.9").stdout
    assert f"{found['value']:g}: precision is at least {found['found']['bound']:.3f}" in shown
    assert f"{found['after']['recall']['value']:.3f}" in shown
    assert found["goal"] == "precision >= 0.9"


def test_rows_of_the_split_train_are_left_out_unless_they_are_named(run: Run) -> None:
    assert json.loads(run("--goal", "recall >= 0.2", "--json", "-").stdout)["messages"] == 600
    assert json.loads(run("--goal", "recall >= 0.2", "--split", "train", "--json", "-").stdout)["messages"] == 300


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), r"\$local has no goal in the rules; give one: --goal 'precision >= 0.95', or --cost 20:1"),
        (("--goal", "precision > 0.9"), "expected one such as"),
        (("--goal", "recall >= 0.9", "--cost", "1:1"), "--goal and --cost exclude each other"),
        (
            ("other", "--goal", "recall >= 0.9"),
            r"no rule compares a score with \$other; thresholds that rules use: local",
        ),
        (("--cost", "cheap"), "expected the cost of a missed person and of a false alarm"),
        (("--cost", "1:1", "--prevalence", "5"), "--prevalence is 5; expected a share between 0 and 1"),
        (
            ("--goal", "recall >= 0.9", "--split", "dev"),
            "no row is of the split 'dev'; splits in these files: test, train",
        ),
        (("--goal", "recall >= 0.9", "--data", "rules"), r"no \*\.jsonl file in this folder"),
        (("--goal", "recall >= 0.9", "--view", "injection"), "no message counts in the injection view"),
    ],
)
def test_what_was_wrong_is_said(run: Run, arguments: tuple[str, ...], problem: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, UsageError)
    with pytest.raises(UsageError, match=problem):
        raise done.exception
