"""The command `handover train`. Light to import: everything heavy is imported when the command runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.options import ViewName, ViewOption
from handover_rules.errors import UsageError

if TYPE_CHECKING:
    from eval.training.card import Quality

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("train")(train_command)


def train_command(
    data: Annotated[
        list[Path], typer.Option(metavar="PATH", help="Labelled messages: a file, or a folder searched for *.jsonl.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The model file to write.")],
    view: ViewOption = ViewName.explicit,
    seed: Annotated[int, typer.Option(min=0, help="Deals the groups of messages to folds.")] = 0,
) -> None:
    """Train the local linear model from labelled messages, and say how good it is.

    Where rows have splits, only those of split "train" are trained on, and those of split "test" are measured too. The
    same data and seed give the same file. Figures are out of fold: no message is scored by a model that saw its group.
    """
    from eval.dataset import find_files, read_dataset
    from eval.training.train import train, write_model

    # Before training, which takes a while: a path that cannot be written should not cost that time.
    if out.is_dir():
        raise UsageError(f"--out {out}: this is a folder; name the model file to write")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {out}: the folder cannot be made: {error.strerror or error}") from error
    trained = train(read_dataset(find_files(data)), view=view.value, seed=seed)
    write_model(trained, out)
    card = trained.card
    print(f"trained on {card.n} messages, {card.positives} of them positive, in {card.groups} groups")
    _show("out of fold", card.out_of_fold)
    if card.test is not None:
        _show("test split", card.test)
    print(f"model written to {out}, its card to {out.with_suffix('.md')}")


def _show(name: str, quality: Quality) -> None:
    precision = "n/a" if quality.average_precision is None else f"{quality.average_precision:.3f}"
    print(f"{name}: {quality.n} messages, {quality.positives} positive, average precision {precision}")
    for at in quality.recall:
        recall = at.recall
        found = "n/a" if recall is None else f"{recall.value:.3f} [{recall.low:.3f}, {recall.high:.3f}], n={recall.n}"
        print(f"  recall at {at.false_alarms:.1%} false alarms: {found}")
