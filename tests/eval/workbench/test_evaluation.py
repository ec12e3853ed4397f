"""The page *Evaluation*, run as Streamlit runs it, on figures that were worked out by hand."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from eval.dataset import read_dataset
from eval.deciders import RulesetDecider, build_decider
from eval.errors.tracing import traced
from eval.figures.measure import measure, measure_together
from eval.figures.metrics import Counts, figures
from eval.replay import replay
from handover_rules.detectors import Answer, AnswerStore, Query
from handover_rules.rulefile import load_ruleset
from handover_rules.signals import Score
from tests.eval.workbench.front_door import open_page
from tests.shipped import copy_rules

ROOT = Path(__file__).parents[3]
WriteRows = Callable[..., Path]

# Under the rules of the fixture: b is missed, c is a false alarm, e is ambiguous.
FIVE: Sequence[Mapping[str, object]] = [
    {"id": "a", "text": "human please", "label": 1, "category": "explicit_request", "language": "en"},
    {"id": "b", "text": "it never came & <b>I</b> wait", "label": 1, "category": "problem_report", "language": "en"},
    {"id": "c", "text": "no human please", "label": 0, "category": "hard_negative", "language": "de"},
    {"id": "d", "text": "what time do you open", "label": 0, "category": "none", "language": "de"},
    {"id": "e", "text": "human please?", "label": 0, "category": "none", "language": "de", "ambiguous": True},
]


@pytest.fixture(autouse=True)
def _nothing_recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Recorded answers are looked for where the workbench was started: here, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def _opened(ruleset: Path | str, files: Path | str) -> AppTest:
    app = open_page("")
    app.text_input(key="ruleset").set_value(str(ruleset))
    shown = app.text_input(key="files").set_value(str(files)).run()
    assert not shown.exception
    return shown


def _tables(shown: AppTest) -> dict[str, dict[str, list[str]]]:
    """The tables of HTML by the head of their first column: title of a row -> its other cells, as text."""
    tables = {}
    for body in (html.value for html in shown.html):
        rows = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row) for row in re.findall(r"<tr.*?>(.*?)</tr>", body)]
        if rows:
            head, *others = [[_text(cell) for cell in row] for row in rows]
            tables[head[0]] = {row[0]: row[1:] for row in others}
    return tables


def _text(cell: str) -> str:
    return unescape(" ".join(re.sub(r"<wbr>", "", re.sub(r"<(?!wbr).*?>", " ", cell)).split()))


def _choose(shown: AppTest, label: str, value: str) -> AppTest:
    _labelled(shown.button_group, label).set_value(value).run()
    assert not shown.exception
    return shown


def _labelled(fields: Iterable[Any], label: str) -> Any:
    return next(field for field in fields if field.label == label)


def _decided_by(shown: AppTest) -> dict[str, list[str]]:
    """The comparison, by the title of the contender without its note."""
    return {
        next(title for title in ("Whole ruleset", "Patterns alone", "AI alone") if row.startswith(title)): cells
        for row, cells in _tables(shown)["Decided by"].items()
    }


def test_figures_side_by_side(rules: Path, write_rows: WriteRows) -> None:
    shown = _opened(rules, write_rows(FIVE))
    assert "on **4** labelled messages: 2 need a person, 2 do not. Left out: 1 ambiguous." in shown.markdown[0].value
    found = _decided_by(shown)
    half = "0.500 0.095 – 0.905 1 of 2"
    # F1 = 2·1 / (2·1 + 1 + 1); its interval is that of F* = 1/3, (0.0615, 0.7923), through 2x / (1 + x).
    f1 = "0.500 0.116 – 0.884 1 of 3"
    assert found["Whole ruleset"] == [half, half, f1, "500.0 94.5 – 905.5 1 of 2"]
    assert found["Patterns alone"] == found["Whole ruleset"]
    assert found["AI alone"] == ["No figures: no answer to any of 4 messages (not recorded)."]
    said = [info.value for info in shown.info]
    assert len(said) == 1
    assert "No answer of `ai` is recorded" in said[0]
    assert "set `OPENAI_API_KEY`" in said[0]
    assert shown.code[0].value.endswith("rows.jsonl --detector ai")


def test_answers_that_are_recorded_give_figures_and_the_others_are_counted(rules: Path, write_rows: WriteRows) -> None:
    store = AnswerStore("var/answers.jsonl")
    ai = build_decider(load_ruleset(rules), "ai", {}, answers=store, mode="offline").detectors["ai"]
    scores = {str(FIVE[0]["text"]): 0.9, str(FIVE[1]["text"]): 0.6}
    store.append(Answer(Query(text, "en").key(), "ai", ai.fingerprint, Score(s)) for text, s in scores.items())
    shown = _opened(rules, write_rows(FIVE))
    # One of the two needed is found; of those that need nobody none was answered. Two of four have no answer.
    one = "1.000 0.207 – 1.000 1 of 1"
    assert _decided_by(shown)["AI alone"] == [one, "0.500 0.095 – 0.905 1 of 2", "0.667 0.173 – 0.950 1 of 2", "–", "2"]
    assert "2 of 5 answers of `ai` are recorded" in shown.info[0].value
    assert _tables(shown)["Detector"]["ai"][:2] == ["2", "1"]
    shown = _choose(shown, "Decided by", "AI alone")
    assert list(shown.dataframe[0].value["text"]) == [FIVE[1]["text"]]
    assert "ai scored 0.600: 0.100 below 0.7" in shown.text[0].value
    assert _tables(shown)["Detector"]["ai"][:2] == ["5", "2"]


def test_counts_and_slices(rules: Path, write_rows: WriteRows) -> None:
    tables = _tables(_opened(rules, write_rows(FIVE)))
    assert tables["Decided"] == {
        "Handed over": ["1 rightly handed over", "1 false alarm", "2"],
        "Left to the bot": ["1 missed", "1 rightly left to the bot", "2"],
        "Together": ["2", "2", "4"],
    }
    assert tables["Category"]["problem_report"] == ["1", "0.000 0.000 – 0.793 0 of 1", "–"]
    assert tables["Category"]["none"] == ["1", "–", "0.0 0.0 – 793.5 0 of 1"]
    assert tables["Language"]["en"][:3] == ["2", "1.000 0.207 – 1.000 1 of 1", "0.500 0.095 – 0.905 1 of 2"]
    assert "Channel" not in tables
    assert "File" not in tables


@pytest.mark.parametrize(("n", "grey"), [(19, True), (20, False)])
def test_figures_of_few_messages_are_grey(rules: Path, write_rows: WriteRows, n: int, grey: bool) -> None:
    rows = [{"id": str(i), "text": "human please", "label": 1, "category": "explicit_request"} for i in range(n)]
    shown = _opened(rules, write_rows(rows))
    assert any('class="hw-few"' in html.value for html in shown.html) == grey


def test_wrong_messages_are_read_with_their_traces(rules: Path, write_rows: WriteRows) -> None:
    shown = _opened(rules, write_rows(FIVE))
    table, trace = shown.dataframe[0].value, shown.dataframe[-1].value
    assert list(table["kind"]) == ["Missed", "False alarm"]
    assert list(table["decided by"]) == ["no rule", "asked"]
    # The miss is selected: it is shown as it was written, and no rule fired for it.
    assert any("it never came &amp; &lt;b&gt;I&lt;/b&gt; wait" in html.value for html in shown.html)
    assert set(trace["rule"]) == {"asked", "bot-failed", "unsure"}
    assert "decided" not in set(trace["result"])
    shown = _choose(shown, "Kind", "1 false alarm")
    trace = shown.dataframe[-1].value
    assert list(shown.dataframe[0].value["text"]) == ["no human please"]
    assert dict(zip(trace["rule"], trace["result"], strict=True))["asked"] == "decided"
    assert trace["why"].str.contains(r"shop\.yaml:\d+").all()


def test_wrong_messages_are_filtered(rules: Path, write_rows: WriteRows) -> None:
    shown = _opened(rules, write_rows(FIVE))
    _labelled(shown.multiselect, "Category").set_value(["hard_negative"]).run()
    assert list(shown.dataframe[0].value["id"]) == ["c"]
    _labelled(shown.multiselect, "Category").set_value([])
    _labelled(shown.text_input, "Text").set_value("NEVER CAME &").run()
    assert list(shown.dataframe[0].value["id"]) == ["b"]
    assert shown.download_button[0].label == "Download this message as CSV"
    _labelled(shown.text_input, "Text").set_value("(").run()
    assert not shown.exception
    assert "No wrong message is left" in shown.info[-1].value


TALK: Sequence[Mapping[str, object]] = [
    {"id": "1", "text": "where is it", "label": 0},
    {"id": "2", "text": "<i>what?</i>", "speaker": "bot", "bot_failed": True},
    {"id": "3", "text": "my parcel", "label": 1},
    {"id": "4", "text": "what?", "speaker": "bot", "bot_failed": True},
    {"id": "5", "text": "you know nothing", "label": 0},
    {"id": "6", "text": "Ana here", "speaker": "human"},
    {"id": "7", "text": "human please", "label": 0},
]


def test_a_message_is_traced_with_what_was_said_before_it(rules: Path, write_rows: WriteRows) -> None:
    alone = {"id": "0", "text": "human please", "label": 1}
    talk = [{"conversation_id": "talk", "turn": turn, "channel": "web", **row} for turn, row in enumerate(TALK, 1)]
    path = write_rows([alone, *talk])
    shown = _opened(rules, path)
    # What is said to a person is not decided: it is no false alarm.
    assert list(shown.dataframe[0].value["id"]) == ["3", "5"]
    assert "1 said to a person who had taken over" in shown.markdown[0].value
    assert _tables(shown)["Channel"]["(not given)"][0] == "1"
    conversation = shown.html[-2].value
    assert "&lt;i&gt;what?&lt;/i&gt;" in conversation
    assert conversation.index("where is it") < conversation.index("my parcel")
    assert "you know nothing" not in conversation
    # The bot has failed twice by then, which only the history says.
    shown = _choose(shown, "Kind", "1 false alarm")
    trace = shown.dataframe[-1].value
    assert dict(zip(trace["rule"], trace["result"], strict=True))["bot-failed"] == "decided"

    file = read_dataset([path]).files[0]
    decider = build_decider(load_ruleset(rules), None, {}, answers=AnswerStore("none"), mode="offline")
    assert isinstance(decider, RulesetDecider)
    for number, said in enumerate(asyncio.run(replay(file.rows, decider))):
        assert [row.id for row in file.before(number)] == [row.id for row in file.rows[1:number]]
        if said is not None:
            again = asyncio.run(traced(decider, file, number))
            assert (again.decision.outcome, again.decision.rule) == (said.outcome, said.rule)
            assert again.decision.trace


def test_an_offer_is_counted_as_left_to_the_bot_and_said(rules: Path, write_rows: WriteRows) -> None:
    shown = _opened(rules, write_rows([{"id": "1", "text": "i am not sure", "label": 1}]))
    assert any("left to the bot: 1. Of those, 1 needed one." in caption.value for caption in shown.caption)


def test_one_of_several_files(rules: Path, write_rows: WriteRows, tmp_path: Path) -> None:
    write_rows(FIVE[:2], "one.jsonl")
    write_rows(FIVE[2:], "two.jsonl")
    shown = _opened(rules, tmp_path / "*.jsonl")
    together = _decided_by(shown)["Whole ruleset"]
    assert together[0] == "0.500 0.095 – 0.905 1 of 2"
    by_file = _tables(shown)["File"]
    assert by_file["one.jsonl"][:3] == ["2", "1.000 0.207 – 1.000 1 of 1", "0.500 0.095 – 0.905 1 of 2"]
    assert by_file["two.jsonl"][:3] == ["2", "0.000 0.000 – 0.793 0 of 1", "–"]
    shown.selectbox[0].select_index(2).run()
    assert not shown.exception
    assert _decided_by(shown)["Whole ruleset"][:2] == by_file["two.jsonl"][1:3]
    assert any("so none can be missed" in warning.value for warning in shown.warning)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (FIVE[2:4], "None of these messages needs a person"),
        (FIVE[:2], "All of these messages need a person"),
        ([{"id": "1", "text": "hm"}], "Figures need rows with a `label`"),
        ([], "has no rows"),
        (["{"], "is not JSON"),
        ([{"id": "1", "text": "hm", "label": "maybe"}], "`label` must be 1"),
    ],
)
def test_what_cannot_be_measured_is_said(rules: Path, write_rows: WriteRows, rows: Sequence[object], said: str) -> None:
    shown = _opened(rules, write_rows(rows))
    assert said in " ".join(box.value for box in (*shown.warning, *shown.info, *shown.error))


def test_nothing_wrong_is_good_news(rules: Path, write_rows: WriteRows) -> None:
    shown = _opened(rules, write_rows([FIVE[0], FIVE[3]]))
    assert shown.success[0].value.startswith("Not one")


def test_changed_messages_and_rules_give_new_figures(rules: Path, write_rows: WriteRows) -> None:
    path = write_rows(FIVE)
    shown = _opened(rules, path)
    assert _decided_by(shown)["Whole ruleset"][1].endswith("1 of 2")
    write_rows(FIVE[:1])
    shown.run()
    assert _decided_by(shown)["Whole ruleset"][1].endswith("1 of 1")
    file = rules / "shop.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace('"human please"', '"robot please"'), encoding="utf-8")
    shown.run()
    assert not shown.exception
    assert _decided_by(shown)["Whole ruleset"][1].endswith("0 of 1")


def test_figures_are_those_of_the_pooled_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    messages = tmp_path / "datasets" / "messages"
    messages.mkdir(parents=True)
    copy_rules(tmp_path / "rules")
    for language, rows in (("de", 200), ("en", 600)):
        lines = (ROOT / "datasets" / "messages" / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
        (messages / f"{language}.jsonl").write_text("\n".join(lines[:rows]), encoding="utf-8")
    ruleset = load_ruleset("rules")
    files = read_dataset(sorted(Path("datasets/messages").glob("*.jsonl"))).files
    decider = build_decider(ruleset, "patterns", os.environ, answers=None, mode="live")
    decided = [asyncio.run(replay(file.rows, decider)) for file in files]
    one_by_one = [measure(file, said, "strict", {}).figures.counts for file, said in zip(files, decided, strict=True)]
    pooled = Counts(*(sum(getattr(counts, name) for counts in one_by_one) for name in ("tp", "fp", "fn", "tn")))
    together = measure_together(files, decided, "strict", {})
    assert together.figures == figures(pooled)
    assert together.rows == sum(len(file.rows) for file in files)

    recall = figures(pooled).recall
    assert recall is not None
    app = open_page("")
    assert not app.exception
    patterns = next(cells for row, cells in _tables(app)["Decided by"].items() if row.startswith("Patterns"))
    expected = f"{recall.value:.3f} {recall.low:.3f} – {recall.high:.3f} {recall.hits:,} of {recall.n:,}"
    assert patterns[1] == expected


# --- scores, live messages, conversations ---------------------------------------------------------------------------


def test_scores_of_a_detector_alone_have_their_figures(rules: Path, write_rows: WriteRows) -> None:
    store = AnswerStore("var/answers.jsonl")
    ai = build_decider(load_ruleset(rules), "ai", {}, answers=store, mode="offline").detectors["ai"]
    asked = [(Query(str(row["text"]), row.get("language")), 0.9 if row.get("label") else 0.1) for row in FIVE]
    store.append(Answer(query.key(), "ai", ai.fingerprint, Score(score)) for query, score in asked)
    shown = _opened(rules, write_rows(FIVE))
    assert "Scores" not in [one.value for one in shown.subheader]
    shown = _choose(shown, "Decided by", "AI alone")
    assert "Scores" in [one.value for one in shown.subheader]
    said = next(one.value for one in shown.markdown if "Average precision" in one.value)
    assert "**Average precision 1.000**" in said
    assert "**Brier score 0.0100**" in said


def test_precision_and_cost_on_live_messages_follow_the_inputs(rules: Path, write_rows: WriteRows) -> None:
    def whole(shown: AppTest) -> list[str]:
        table = next(one.value for one in shown.markdown if "Cost of 1,000 messages" in one.value)
        line = next(line for line in table.splitlines() if "Whole ruleset" in line)
        return [cell.strip() for cell in line.strip("|").split("|")]

    shown = _opened(rules, write_rows(FIVE))
    # Half is found and half of the negatives raise an alarm: at 5 %, precision is 0.05.
    _, precision, here, cost = whole(shown)
    assert precision.startswith("**0.050**")
    assert here == "0.500"
    assert cost.startswith(f"**{1000 * (0.05 * 0.5 * 20 + 0.95 * 0.5 * 1):,.1f}**")
    shown.slider(key="live share").set_value(50.0)
    shown.number_input(key="cost of a miss").set_value(2.0)
    shown.run()
    _, precision, _, cost = whole(shown)
    assert precision.startswith("**0.500**")
    assert cost.startswith(f"**{1000 * (0.5 * 0.5 * 2 + 0.5 * 0.5 * 1):,.1f}**")


def test_conversations_have_their_timing(rules: Path, write_rows: WriteRows) -> None:
    def talk(name: str, *said: tuple[str, int]) -> list[dict[str, object]]:
        return [
            {"id": f"{name}{turn}", "conversation_id": name, "turn": turn, "text": text, "label": label}
            for turn, (text, label) in enumerate(said)
        ]

    rows = [
        *talk("a", ("hm", 0), ("human please", 1)),
        *talk("b", ("hm", 1), ("human please", 0)),
        *talk("c", ("hm", 0), ("hm", 0)),
    ]
    shown = _opened(rules, write_rows(rows))
    table = next(one.value for one in shown.markdown if "| On time |" in one.value)
    assert "| On time | **0.500** (0.095 to 0.905) | 1 / 2 |" in table
    assert "| Late | **0.500**" in table
    assert "by 1 messages of the customer (median), too late" in table
    assert "| Needless | **0.000**" in table
