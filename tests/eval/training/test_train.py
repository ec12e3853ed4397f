from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import eval.training.train
from eval.dataset import Dataset, read_dataset
from eval.training.card import quality
from eval.training.command import register
from eval.training.train import Trained, train
from handover_rules.detectors.linear import LinearDetector
from handover_rules.errors import DataError, UsageError
from handover_rules.ruleset import LinearSpec, Place

OPENINGS = ["please", "hi", "hello", "i want", "can i have", "pls", "good morning", "hey there"]
ASKING = ["an agent", "a human", "a real person", "someone from your team", "the operator"]
OTHER = ["my invoice", "the opening hours", "a refund", "the price", "two pizzas", "a new sim"]

Record = dict[str, Any]
Write = Callable[..., Path]


@pytest.fixture
def records() -> list[Record]:
    rng = random.Random(3)
    rows = []
    for i in range(120):
        label = int(i % 3 == 0)
        text = f"{rng.choice(OPENINGS)} {rng.choice(ASKING if label else OTHER)} {rng.choice(OPENINGS)}"
        rows.append({"id": f"m{i:03}", "text": text, "label": label, "group": f"g{i // 2}"})
        rows[-1]["category"] = "explicit_request" if label else "none"
    return rows


@pytest.fixture
def dataset(records: list[Record], write_rows: Write) -> Dataset:
    return read_dataset([write_rows(records)])


@pytest.fixture
def app() -> typer.Typer:
    program = typer.Typer(pretty_exceptions_enable=False)
    register(program)
    program.callback()(lambda: None)
    return program


def _load(path: Path) -> LinearDetector:
    return LinearDetector.load(LinearSpec("local", 1, True, path.name, str(path), "", Place("rules.yaml")))


# --- the command ---------------------------------------------------------------------------------------------------


def test_the_command_trains_a_model_that_can_be_served(
    app: typer.Typer, records: list[Record], write_rows: Write, tmp_path: Path
) -> None:
    for i, record in enumerate(records):
        record["split"] = "test" if i >= 90 else "train"
    out = tmp_path / "model.json"

    ran = CliRunner().invoke(app, ["train", "--data", str(write_rows(records)), "--out", str(out)])

    assert ran.exit_code == 0, ran.output
    lines = ran.output.splitlines()
    assert lines[0] == "trained on 90 messages, 30 of them positive, in 45 groups"
    assert re.fullmatch(r"out of fold: 90 messages, 30 positive, average precision [01]\.\d{3}", lines[1])
    assert lines[2].startswith("  recall at 0.1% false alarms: ")
    assert lines[4].startswith("test split: 30 messages, 10 positive, average precision ")
    assert lines[-1] == f"model written to {out}, its card to {out.with_suffix('.md')}"
    detector = _load(out)
    assert detector.score("hi, a real person pls") > 0.5 > detector.score("hi, the price pls")
    assert list(tmp_path.glob(".*")) == []


def test_the_same_data_gives_the_same_file_wherever_it_lies(
    app: typer.Typer, records: list[Record], write_rows: Write, tmp_path: Path
) -> None:
    (tmp_path / "data" / "inner").mkdir(parents=True)
    first = write_rows(records[:60], "data/a.jsonl")
    second = write_rows(records[60:], "data/inner/b.jsonl")
    ways = [[tmp_path / "data"], [second, first], [first, tmp_path / "data"]]

    contents = set()
    for number, paths in enumerate(ways):
        out = tmp_path / f"{number}.json"
        ran = CliRunner().invoke(
            app, ["train", "--out", str(out), *(part for p in paths for part in ("--data", str(p)))]
        )
        assert ran.exit_code == 0, ran.output
        contents.add(out.read_bytes())

    assert len(contents) == 1


def test_another_process_writes_the_same_bytes(records: list[Record], write_rows: Write, tmp_path: Path) -> None:
    program = (
        "import sys, typer; from eval.training.command import register; a = typer.Typer(); register(a); a(sys.argv[1:])"
    )
    data = write_rows(records)
    contents = []
    for hash_seed in ("1", "2"):
        out = tmp_path / f"{hash_seed}.json"
        subprocess.run(
            [sys.executable, "-c", program, "--data", str(data), "--out", str(out)],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(eval.training.train.__file__).parents[2])},
            check=True,
            capture_output=True,
        )
        contents.append(out.read_bytes())

    assert contents[0] == contents[1]


def test_the_command_is_light_to_import() -> None:
    program = "import sys, eval.training.command; assert not {'sklearn', 'numpy', 'pandas'} & sys.modules.keys()"
    environment = {"PYTHONPATH": str(Path(eval.training.train.__file__).parents[2])}

    subprocess.run([sys.executable, "-c", program], env=environment, check=True)


def test_the_file_has_one_term_a_line_in_order(dataset: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "model.json"
    trained = train(dataset)

    eval.training.train.write_model(trained, out)

    content = json.loads(out.read_text(encoding="utf-8"))
    assert content == json.loads(json.dumps(trained.model))
    for block in ("words", "characters"):
        assert list(content[block]) == sorted(content[block])
    lines = out.read_text(encoding="utf-8").splitlines()
    assert f'"agent": {json.dumps(content["words"]["agent"])},' in lines


def test_a_folder_without_data_and_an_output_that_cannot_be_written_are_said(
    app: typer.Typer, records: list[Record], write_rows: Write, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    out = tmp_path / "file" / "model.json"

    nothing = CliRunner().invoke(app, ["train", "--data", str(tmp_path / "empty"), "--out", str(tmp_path / "m.json")])
    nowhere = CliRunner().invoke(app, ["train", "--data", str(write_rows(records)), "--out", str(out)])

    assert isinstance(nothing.exception, UsageError)
    assert "no *.jsonl file" in str(nothing.exception)
    assert isinstance(nowhere.exception, UsageError)
    assert str(out) in str(nowhere.exception)
    folder = CliRunner().invoke(app, ["train", "--data", str(write_rows(records)), "--out", str(tmp_path / "empty")])
    assert "this is a folder" in str(folder.exception)


# --- which rows are trained on -------------------------------------------------------------------------------------


def test_only_customer_rows_that_are_labelled_and_not_ambiguous_count(records: list[Record], write_rows: Write) -> None:
    for i, change in enumerate([{"ambiguous": True}, {"label": None}, {"speaker": "bot"}]):
        records.append({"id": f"x{i}", "text": "unheardof", "label": 1, **change})

    trained = train(read_dataset([write_rows(records)]))

    assert (trained.card.n, trained.card.positives) == (120, 40)
    assert "unheardof" not in _words(trained)


def test_where_rows_have_splits_only_train_is_trained_on(records: list[Record], write_rows: Write) -> None:
    for record in records:
        record["split"] = "train"
    records += [
        {"id": "t1", "text": "unheardof agent", "label": 1, "category": "explicit_request", "split": "test"},
        {"id": "t2", "text": "unheardof price", "label": 0, "split": "test"},
        {"id": "d1", "text": "unheardof", "label": 1, "split": "dev"},
    ]

    trained = train(read_dataset([write_rows(records)]))

    assert trained.card.n == 120
    assert trained.card.test is not None
    assert (trained.card.test.n, trained.card.test.positives) == (2, 1)
    assert "unheardof" not in _words(trained)


def test_a_view_chooses_the_positives(records: list[Record], write_rows: Write) -> None:
    for i, record in enumerate(records):
        record["category"] = ("explicit_request" if i % 2 else "complaint") if record["label"] else "none"
    records += [{**record, "id": f"more-{record['id']}"} for record in records]

    dataset = read_dataset([write_rows(records)])

    assert train(dataset, view="strict").card.positives == 80
    assert train(dataset, view="explicit").card.positives == 40


def test_groups_are_never_split_across_folds(
    records: list[Record], write_rows: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i, record in enumerate(records):
        record["text"] += f" text{i}"
        record["group"] = f"g{i % 40}"
    group_of = {record["text"]: record["group"] for record in records}
    fitted: list[set[str]] = []
    plain_fit = eval.training.train.fit

    class Watched:
        def __init__(self, texts: list[str], labels: Any, c: float) -> None:
            self.groups = {group_of[text] for text in texts}
            self.pipeline = plain_fit(texts, labels, c)
            fitted.append(self.groups)

        def decision_function(self, texts: list[str]) -> Any:
            assert not self.groups & {group_of[text] for text in texts}
            return self.pipeline.decision_function(texts)

        def __getitem__(self, name: str) -> Any:
            return self.pipeline[name]

    monkeypatch.setattr(eval.training.train, "fit", Watched)

    train(read_dataset([write_rows(records)]))

    assert [len(groups) for groups in fitted] == [32, 32, 32, 32, 32, 40]


def test_folds_side_by_side_give_the_scores_of_one_after_the_other(
    records: list[Record], write_rows: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = read_dataset([write_rows(records)]).files[0].rows
    done: list[float] = []
    alone = eval.training.train.out_of_fold_scores(rows, "strict")
    monkeypatch.setattr(eval.training.train, "_WORTH_PROCESSES", 1)

    beside = eval.training.train.out_of_fold_scores(rows, "strict", progress=done.append)

    # Not to the last bit: numerical libraries add up in another order on several threads.
    assert beside == pytest.approx(alone, abs=1e-6)
    assert done == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_a_group_on_both_sides_of_the_split_is_refused(records: list[Record], write_rows: Write) -> None:
    for i, record in enumerate(records):
        record["split"] = "test" if i == 119 else "train"

    with pytest.raises(DataError, match="group 'g59' has rows in the splits train and test"):
        train(read_dataset([write_rows(records)]))


@pytest.mark.parametrize(("label", "name"), [(1, "positive"), (0, "negative")])
def test_too_little_data_is_said(records: list[Record], write_rows: Write, label: int, name: str) -> None:
    few = [r for r in records if r["label"] == label][:19] + [r for r in records if r["label"] != label]

    with pytest.raises(UsageError, match=f"19 {name} rows to train on in the view explicit; a model needs at least 20"):
        train(read_dataset([write_rows(few)]))


def test_too_few_groups_are_said(records: list[Record], write_rows: Write) -> None:
    for record in records:
        if record["label"]:
            record["group"] = "one"

    with pytest.raises(UsageError, match="the positive rows fall into fewer than 5 groups"):
        train(read_dataset([write_rows(records)]))


def _words(trained: Trained) -> Iterator[str]:
    terms = trained.model["words"]
    assert isinstance(terms, dict)
    return (word for term in terms for word in term.split())


# --- the figures ---------------------------------------------------------------------------------------------------


def test_recall_is_counted_above_the_false_alarms_that_are_allowed() -> None:
    labels = np.array([0] * 1000 + [1] * 4)
    scores = np.concatenate([np.arange(1000) / 1000, [0.9985, 0.999, 0.5, 0.992]])

    found = quality(labels, scores)

    # 0.1 % of 1,000 negatives: one may be above, so the bound is the second highest, 0.998.
    assert [(at.recall.hits, at.recall.n) for at in found.recall if at.recall] == [(2, 4), (3, 4)]
    assert (found.n, found.positives) == (1004, 4)


def test_equal_scores_do_not_pass_as_recall() -> None:
    found = quality(np.array([0, 0, 0, 1, 1]), np.array([0.5, 0.1, 0.1, 0.5, 0.6]))

    assert [at.recall.hits for at in found.recall if at.recall] == [1, 1]


def test_figures_without_a_denominator_are_none() -> None:
    negatives = quality(np.zeros(3, dtype=np.int64), np.array([0.1, 0.2, 0.3]))
    positives = quality(np.ones(3, dtype=np.int64), np.array([0.1, 0.2, 0.3]))

    for found in (negatives, positives):
        assert found.average_precision is None
        assert all(at.recall is None for at in found.recall)


def test_calibrated_scores_are_near_the_share_of_positives(dataset: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "model.json"
    eval.training.train.write_model(train(dataset), out)
    detector = _load(out)

    scores = [detector.score(row.text) for row in dataset.files[0].rows]

    assert sum(scores) / len(scores) == pytest.approx(1 / 3, abs=0.05)


def test_another_seed_deals_other_folds_and_keeps_the_weights(dataset: Dataset) -> None:
    one, two = train(dataset, seed=0), train(dataset, seed=1)

    assert one.model["words"] == two.model["words"]
    assert (one.card.seed, two.card.seed) == (0, 1)


# --- the card ------------------------------------------------------------------------------------------------------


def test_the_card_is_written_beside_the_model_for_people(
    records: list[Record], write_rows: Write, tmp_path: Path
) -> None:
    for i, record in enumerate(records):
        record |= {"split": "test" if i >= 80 else "train", "language": "en" if i % 2 else "de"}
        record["group"] = record["id"]
    trained = train(read_dataset([write_rows(records)]))
    eval.training.train.write_model(trained, tmp_path / "model.json")
    page = (tmp_path / "model.md").read_text(encoding="utf-8")
    card = trained.card
    assert f"from {card.n} messages, {card.positives} of them positive" in page
    assert f"C = {card.c:g}" in page
    assert card.test is not None
    assert card.test.average_precision is not None
    assert f"| split `test` | 40 | {card.test.positives} | {card.test.average_precision:.3f} |" in page
    assert list(card.languages) == ["de", "en"]
    assert sum(found.n for found in card.languages.values()) == 40
    assert "| en | 20 |" in page
