"""The page *Threshold*, with scores and labels of which the right counts are worked out by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from handover_rules.detectors import Answer, AnswerStore, Query, openai_fingerprint
from handover_rules.rulefile import load_ruleset
from handover_rules.signals import Score
from tests.eval.workbench.front_door import open_page

ROOT = Path(__file__).parents[3]

RULES = """\
ruleset: shop
thresholds:
  idle: 0.5
  ai: {value: 0.6, env: SHOP_AI, goal: precision >= 0.9}
detectors:
  ai: {kind: openai, cost: 100, model: some-model, prompt: ask.j2, timeout_ms: 1000}
rules:
  - {id: asked, priority: 90, when: {phrase: human please}, then: handover}
  - {id: ai-says-so, when: {score: {of: ai, at_least: $ai}}, then: handover}
"""

# Text, label, and what the AI said of it (None: no answer is recorded).
MESSAGES: Sequence[tuple[str, int, float | None]] = (
    ("human please", 1, 0.1),
    ("get me somebody", 1, 0.9),
    ("this <b>bot</b> is no good", 1, 0.7),
    ("it is broken", 1, 0.4),
    ("i hate queues", 0, 0.8),
    ("where are you", 0, 0.3),
    ("thanks", 0, 0.0),
    ("hello", 0, None),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rules, messages and recorded answers, in the folder that the workbench runs in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "ask.j2").write_text("Does the customer need a person? Answer in JSON.", encoding="utf-8")
    write_rules(RULES)
    write_messages("data.jsonl", MESSAGES)
    return tmp_path


def write_rules(text: str, messages: Sequence[tuple[str, int, float | None]] = MESSAGES) -> None:
    """The rules, and for them the AI's answers."""
    Path("rules/rules.yaml").write_text(text, encoding="utf-8")
    ruleset = load_ruleset("rules")
    for spec in ruleset.detectors.values():
        assert spec.kind == "openai"
        mark = openai_fingerprint(spec, None)
        answers = [
            Answer(Query(said).key(), spec.name, mark, Score(score)) for said, _, score in messages if score is not None
        ]
        AnswerStore("var/answers.jsonl").append(answers)


def write_messages(name: str, messages: Sequence[tuple[str, int, float | None]]) -> None:
    rows = [{"id": f"m{number}", "text": said, "label": label} for number, (said, label, _) in enumerate(messages, 1)]
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def opened(files: str = "data.jsonl") -> AppTest:
    """The page, reached through the front door."""
    app = open_page("threshold", files=files)
    assert not app.exception
    assert app.title[0].value == "Threshold"
    return app


def counts(app: AppTest) -> dict[str, list[str]]:
    """For the slider and the ruleset: TP, FP, FN, TN."""
    table = app.table[0].value
    return {str(where): [str(cell).split()[0] for cell in row] for where, row in table.iterrows()}


def metrics(app: AppTest) -> Mapping[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def texts(app: AppTest) -> str:
    return "\n".join(element.value for kind in (app.markdown, app.caption, app.code) for element in kind)


def flipped(app: AppTest) -> str:
    """The table of flips; "" where nothing flips."""
    tables = [element.proto.body for element in app.get("html")]
    return next((body for body in tables if 'class="flips"' in body), "")


@pytest.mark.usefixtures("folder")
def test_it_opens_at_the_rulesets_value() -> None:
    app = opened()
    assert app.selectbox(key="threshold").options == ["$ai"]
    assert (app.slider[0].value, app.number_input[0].value) == (0.6, 0.6)
    assert counts(app) == {"slider, 0.6": ["3", "1", "1", "3"], "ruleset, 0.6": ["3", "1", "1", "3"]}
    assert {metric.delta for metric in app.metric} == {""}
    assert metrics(app) == {"Precision": "0.750", "Recall": "0.750", "F1": "0.750", "False alarms / 1,000": "250.0"}
    said = texts(app)
    assert "the score of `ai` in `ai-says-so` (rules/rules.yaml:9)" in said
    assert "Of 8 messages that count, **6 have a score to compare**" in said
    assert "- 1 `not_asked`: " in said
    assert "- 1 `not_recorded`: Only recorded answers may be used" in said
    assert "Every value above 0.4 up to 0.7 hands over the same messages." in said
    # 3 of 4, Wilson.
    assert "95 %: 0.301 to 0.954" in said
    assert "No message: the slider is where the ruleset is." in said
    assert not flipped(app)
    assert not app.warning


@pytest.mark.usefixtures("folder")
def test_the_slider_moves_the_counts_and_shows_what_flips() -> None:
    app = opened()
    app.slider[0].set_value(0.85).run()
    assert not app.exception
    assert counts(app) == {"slider, 0.85": ["2", "0", "2", "4"], "ruleset, 0.6": ["3", "1", "1", "3"]}
    assert (app.metric[0].value, app.metric[0].delta) == ("1.000", "+0.250")
    assert (app.metric[3].value, app.metric[3].delta) == ("0.0", "-250.0")
    said = texts(app)
    assert "2 messages between 0.6 in the ruleset and 0.85 at the slider: **1 for the better, 1 for the worse**" in said
    assert "under `thresholds:` in `rules/rules.yaml`, line 4:" in said
    assert "the variable `SHOP_AI` is set, it wins" in said
    assert "of the old value do not hold" in said
    assert "ai: {value: 0.85, env: SHOP_AI}" in said
    table = flipped(app)
    # The text of a customer is text, whatever it holds; nearest to the ruleset's value first.
    assert table.index("this &lt;b&gt;bot&lt;/b&gt; is no good") < table.index("i hate queues")
    assert table.count("person → bot") == 2
    assert (table.count("✓ better"), table.count("✗ worse")) == (1, 1)


@pytest.mark.usefixtures("folder")
def test_of_many_flips_the_nearest_hundred_are_listed() -> None:
    write_messages("many.jsonl", [MESSAGES[2]] * 103 + [MESSAGES[4]])
    app = opened("many.jsonl")
    app.slider[0].set_value(0.85).run()
    assert "104 messages between" in texts(app)
    assert "The 100 nearest to the ruleset's value are listed, 4 more are not." in texts(app)
    assert flipped(app).count("person → bot") == 100
    assert "i hate queues" not in flipped(app)


@pytest.mark.usefixtures("folder")
def test_a_typed_value_counts_to_the_last_digit_and_takes_the_slider_along() -> None:
    app = opened()
    app.number_input[0].set_value(0.4).run()
    assert counts(app)["slider, 0.4"] == ["4", "1", "0", "3"]
    app.number_input[0].set_value(0.400001).run()
    assert counts(app)["slider, 0.400001"] == ["3", "1", "1", "3"]
    assert app.slider[0].value == 0.400001
    app.slider[0].set_value(0.2).run()
    assert app.number_input[0].value == 0.2
    assert counts(app)["slider, 0.2"] == ["4", "2", "0", "2"]


@pytest.mark.usefixtures("folder")
def test_the_slider_sends_new_marks_for_the_same_charts() -> None:
    app = opened()
    before = [chart.proto for chart in app.get("vega_lite_chart")]
    app.slider[0].set_value(0.85).run()
    after = [chart.proto for chart in app.get("vega_lite_chart")]
    assert len(before) == 2
    # A chart whose specification changes is built anew; one that is sent data it does not name is not drawn again.
    assert [chart.spec for chart in before] == [chart.spec for chart in after]
    for one, other in zip(before, after, strict=True):
        data = {dataset.name: dataset.data.data for dataset in other.datasets}
        assert data.keys() == set(re.findall(r'"data": \{"name": "(\w+)"\}', other.spec))
        assert [d.name for d in one.datasets if d.data.data != data[d.name]] == ["marks"]


@pytest.mark.usefixtures("folder")
def test_files_are_looked_at_together_or_alone() -> None:
    write_messages("a-1.jsonl", MESSAGES[:6])
    write_messages("a-2.jsonl", MESSAGES[1:3] + MESSAGES[4:])
    app = opened("a-*.jsonl")
    assert app.selectbox(key="threshold_file").options == ["All files together", "a-1.jsonl", "a-2.jsonl"]
    assert counts(app)["ruleset, 0.6"] == ["5", "2", "1", "4"]
    app.selectbox(key="threshold_file").select_index(2).run()
    assert counts(app)["ruleset, 0.6"] == ["2", "1", "0", "3"]


@pytest.mark.usefixtures("folder")
def test_another_value_in_the_file_is_where_the_slider_starts_anew() -> None:
    app = opened()
    app.slider[0].set_value(0.2).run()
    write_rules(RULES.replace("value: 0.6", "value: 0.75"))
    app.run()
    assert app.slider[0].value == 0.75
    assert counts(app)["ruleset, 0.75"] == ["2", "1", "2", "3"]


@pytest.mark.usefixtures("folder")
def test_a_use_that_is_not_monotone_is_said() -> None:
    # Who asks in words is handed over unless the score is high, and the other rule leaves them alone.
    veto = "when: {phrase: human please}, unless: [{score: {of: ai, at_least: $ai}}]"
    rest = "unless: [{phrase: human please}], when: {score: {of: ai, at_least: $ai}}"
    write_rules(
        RULES.replace("when: {score: {of: ai, at_least: $ai}}", rest).replace("when: {phrase: human please}", veto)
    )
    app = opened()
    (warning,) = app.warning
    assert "it *adds* 1 message (the first is `m1`)" in warning.value
    assert counts(app)["ruleset, 0.6"] == ["3", "1", "1", "3"]
    app.number_input[0].set_value(0.1).run()
    assert counts(app)["slider, 0.1"] == ["3", "2", "1", "2"]


@pytest.mark.usefixtures("folder")
def test_without_a_threshold_in_use_it_says_how_to_name_one() -> None:
    write_rules(RULES.replace("$ai", "0.6"))
    assert "compares a score with a named threshold" in opened().info[0].value


@pytest.mark.parametrize(
    ("label", "sentence"),
    [(0, "Of the 8 messages that count none needs a person"), (1, "All 8 messages that count need a person")],
)
@pytest.mark.usefixtures("folder")
def test_messages_of_one_kind_make_no_curve(label: int, sentence: str) -> None:
    write_messages("data.jsonl", [(said, label, score) for said, _, score in MESSAGES])
    assert sentence in opened().info[0].value


@pytest.mark.usefixtures("folder")
def test_without_labels_or_scores_it_says_what_is_missing(folder: Path) -> None:
    (folder / "unlabelled.jsonl").write_text('{"id": "1", "text": "hi"}\n', encoding="utf-8")
    assert "No message counts in the view `strict`" in opened("unlabelled.jsonl").info[0].value
    (folder / "var" / "answers.jsonl").unlink()
    app = opened()
    assert "every value of `$ai` hands over the same ones" in app.info[0].value
    assert "**None of 8 messages that count has a score to compare**" in texts(app)


@pytest.mark.usefixtures("folder")
def test_answers_that_cannot_be_read_are_said(folder: Path) -> None:
    (folder / "var" / "answers.jsonl").write_text("nonsense\n{}\n", encoding="utf-8")
    assert "answers.jsonl" in opened().error[0].value


# --- a goal ---------------------------------------------------------------------------------------


def test_a_threshold_is_chosen_for_a_goal_and_looked_at(folder: Path) -> None:
    said_of = {1: 0.8, 0: 0.3}
    messages = [(f"message {number}", number % 2, said_of[number % 2]) for number in range(240)]
    write_rules(RULES, messages)
    write_messages("data.jsonl", messages)
    shown = opened()
    shown.selectbox(key="goal").select("precision")
    shown.button(key="find threshold").click()
    shown.run()
    said = [one.value for one in shown.markdown if "with 95 % certainty" in one.value]
    assert said == ["- 0.8: precision is at least 0.970, with 95 % certainty"]
    shown.button(key="take threshold").click()
    shown.run()
    assert shown.number_input(key="typed ai 0.6").value == 0.8


def test_a_goal_that_cannot_be_promised_is_refused_with_what_can(folder: Path) -> None:
    shown = opened()
    shown.selectbox(key="goal").select("recall")
    shown.run()
    shown.button(key="find threshold").click()
    shown.run()
    said = [one.value for one in shown.markdown]
    assert "- these messages cannot promise recall >= 0.9; nothing is chosen" in said
    assert any(one.endswith("can be promised") for one in said)
