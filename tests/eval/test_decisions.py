"""What a ruleset decides about a dataset, and its figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from eval.dataset import DataFile, Dataset, Row, read_dataset
from eval.deciders import Prediction
from eval.decisions import TOGETHER, decide_all, figures_of
from handover_rules.decision import Outcome
from handover_rules.rulefile import load_ruleset
from handover_rules.signals import Unavailable

MakeRow = Callable[..., Row]


def _said(outcome: Outcome) -> Prediction:
    return Prediction("", outcome, None, None, "", {})


def _file(path: str, *rows: Row) -> DataFile:
    return DataFile(path, "", rows)


def test_every_message_is_decided_without_network(rules: Path, write_rows: Callable[..., Path], tmp_path: Path) -> None:
    first = write_rows([{"text": "human please", "id": "1"}, {"text": "not sure", "id": "2"}], "first.jsonl")
    turns = [("customer", "hello"), ("human", "hi"), ("customer", "human please")]
    second = write_rows(
        [
            {"conversation_id": "c", "turn": turn, "speaker": speaker, "text": text}
            for turn, (speaker, text) in enumerate(turns)
        ],
        "second.jsonl",
    )
    found = decide_all(load_ruleset(rules), read_dataset([first, second]), {}, tmp_path / "no-answers.jsonl")
    outcomes = [[said and said.outcome for said in file] for file in found]
    # What a customer says after a person took over is not decided.
    assert outcomes == [["handover", "ask"], ["none", None, None]]
    hello = found[1][0]
    assert hello is not None
    assert isinstance(hello.signals["ai"], Unavailable)


def test_figures_are_by_file_and_over_all(make_row: MakeRow) -> None:
    dataset = Dataset((_file("a", make_row(label=1), make_row(label=0)), _file("b", make_row(label=1))))
    decisions = ((_said("handover"), _said("handover")), (_said("ask"),))
    found = figures_of(dataset, decisions, "strict")
    counted = {name: (one.counts.tp, one.counts.fp, one.counts.fn, one.counts.tn) for name, one in found.items()}
    assert counted == {TOGETHER: (1, 1, 1, 0), "a": (1, 1, 0, 0), "b": (0, 0, 1, 0)}
    assert list(figures_of(replace(dataset, files=dataset.files[:1]), decisions[:1], "strict")) == ["a"]
