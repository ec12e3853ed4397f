"""The grammar of detectors: the common keys, and those of each kind."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from handover_rules import templates
from handover_rules.problems import did_you_mean, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.actions import note_faults
from handover_rules.rulefile.kinds import EnvValue, Key, Table, Values, WithEnv
from handover_rules.rulefile.reading import Invalid, Reading, wrong
from handover_rules.rulefile.scalars import Choice, EnvFlag, Flag, Number, Text, Whole
from handover_rules.rulefile.shape import Schema
from handover_rules.rulefile.source import Source, read_source
from handover_rules.ruleset import DetectorSpec, LinearSpec, OpenAISpec, Place, Prices

__all__ = ["DETECTOR", "KINDS", "detector"]

_FLAG = WithEnv(Flag(), default=True, env_kind=EnvFlag())
_ON = EnvValue(True, None, False)

_SAMPLES = 5
_PRICE = Number(0, 100_000)


def _common(kind: str) -> tuple[Key[Any], ...]:
    return (
        Key(
            "kind",
            Choice((kind,)),
            required=True,
            about="What kind of detector it is; the other keys depend on it.",
            example=kind,
        ),
        Key(
            "cost",
            Whole(0, 1_000_000),
            required=True,
            about="What one answer costs, in a unit of your own. The cheapest detector that matters is asked first.",
            example="1" if kind == "linear" else "100",
        ),
        Key(
            "enabled",
            _FLAG,
            default=_ON,
            about="Whether it is asked at all. When it is not, it is unavailable.",
            example="{env: AI_INTENT_DETECTION_ENABLED}",
        ),
    )


KINDS: dict[str, Table] = {
    "linear": Table(
        "a linear detector",
        (
            *_common("linear"),
            Key(
                "model",
                Text("the path of a model file"),
                required=True,
                about="The model's file, beside the rules. `handover train` makes it from labelled messages.",
                example="models/handover.json",
            ),
        ),
        about="A small model on this machine: it counts words and parts of words, and costs nothing.",
    ),
    "openai": Table(
        "an openai detector",
        (
            *_common("openai"),
            Key(
                "model",
                WithEnv(Text("the name of a model")),
                required=True,
                about="The chat model, as its service calls it.",
                example="{value: gpt-3.5-turbo, env: AI_INTENT_MODEL}",
            ),
            Key(
                "prompt",
                Text("the path of a prompt"),
                required=True,
                about="The file with what the model is told, beside the rules: a Jinja2 template.",
                example="prompts/handover.j2",
            ),
            Key(
                "timeout_ms",
                Whole(1, 120_000),
                default=4000,
                about="After how many milliseconds without an answer the detector is unavailable.",
                example="4000",
            ),
            Key(
                "max_retries",
                Whole(0, 10),
                default=2,
                about="How many times it is asked again, when the service fails in passing.",
                example="2",
            ),
            Key(
                "max_concurrency",
                Whole(1, 1000),
                default=8,
                about="How many questions may be under way at the same time. With `samples`, each is that many "
                "requests.",
                example="8",
            ),
            Key(
                "confidence",
                Choice(
                    ("self_reported", "logprob", "samples"),
                    (
                        "the model says how sure it is; where it says that nobody is needed, the score is 0",
                        "the score is the probability that it gave to `true`, for services that tell it",
                        "it is asked several times, and the score is the share of answers by which a person is needed",
                    ),
                ),
                default="self_reported",
                about="Where the score comes from.",
                example="logprob",
            ),
            Key(
                "samples",
                Whole(2, 20),
                about=f"How many answers make a score, with `confidence: samples`; {_SAMPLES} if left out. "
                "Each is paid for.",
                example=str(_SAMPLES),
            ),
            Key(
                "answers",
                Choice(
                    ("auto", "schema", "json"),
                    (
                        "`schema` for models that are known to have it, and `json` for others or where it is refused",
                        "the service holds the model to the form of the answer (Structured Outputs)",
                        "the service sees to it that the answer is JSON (JSON mode)",
                    ),
                ),
                default="auto",
                about="How the form of the answers is asked for. An answer of another form never counts.",
                example="json",
            ),
            Key(
                "prices",
                Table(
                    "prices",
                    (
                        Key(
                            "input",
                            _PRICE,
                            required=True,
                            about="What a million tokens of questions cost.",
                            example="0.50",
                        ),
                        Key(
                            "output",
                            _PRICE,
                            required=True,
                            about="What a million tokens of answers cost.",
                            example="1.50",
                        ),
                    ),
                    example="{input: 0.50, output: 1.50}",
                ),
                about="What the service takes for a million tokens, in your currency.",
                example="{input: 0.50, output: 1.50}",
            ),
            Key(
                "daily_budget",
                _PRICE,
                about="What may be spent on it in a day (of UTC), in the unit of `prices`, which it needs. Then it is "
                "unavailable until the next day.",
                example="2.00",
            ),
            Key(
                "calibration",
                Text("the path of a calibration file"),
                about="The file, beside the rules, that turns the model's scores into probabilities. It is made for "
                "this model, prompt and options, and for no other.",
                example="models/ai-calibration.json",
            ),
            Key(
                "log_answers",
                _FLAG,
                default=_ON,
                about="Whether its answers are kept, so that they can be replayed for free.",
                example="true",
            ),
        ),
        about="A chat model behind any OpenAI-compatible service. It reads the prompt and the message, and its score "
        "is how sure it is that a person is needed.",
    ),
}


class _Detector:
    """A detector: `kind` tells which other keys it has."""

    expects = "a detector, such as `{kind: linear, cost: 1, model: models/handover.json}`"

    def schema(self) -> Schema:
        return {"anyOf": [table.schema() for table in KINDS.values()]}

    def read(self, node: nodes.Node, reading: Reading) -> DetectorSpec:
        if not isinstance(node, nodes.Mapping):
            raise wrong(node, self.expects, reading)
        kind = next((value for key, value in node.entries if key.text == "kind"), None)
        if kind is None:
            hint = "add `kind:`, " + Choice(tuple(KINDS)).expects
            raise reading.fail("E106", "`kind` is missing: a detector must have it", node.place, hint)
        name = Text("a kind of detector, " + Choice(tuple(KINDS)).expects).read(kind, reading)
        if name not in KINDS:
            message = f"there is no kind of detector {quoted(name)}"
            raise reading.fail("E405", message, kind.place, did_you_mean(name, KINDS))
        values = KINDS[name].read(node, reading)
        return _linear(values, reading) if name == "linear" else _openai(values, reading)


DETECTOR = _Detector()


def detector(name: str, spec: DetectorSpec, place: Place) -> DetectorSpec:
    """The detector under its name."""
    return replace(spec, name=name, place=place)


def _linear(values: Values, reading: Reading) -> LinearSpec:
    path = _beside(values["model"], values.places["model"], reading)
    digest = ""
    if os.path.isfile(path):  # unlike Path.is_file, False for a name that no file can have
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise _unreadable("model", values, str(error.strerror or error), reading) from None
    else:
        message = f"the model file {quoted(values['model'])} is not there; until it is, this detector is unavailable"
        reading.note("W406", message, values.places["model"], "make it with `handover train`")
    return LinearSpec("", values["cost"], values["enabled"].value, values["model"], str(path), digest, values.place)


def _openai(values: Values, reading: Reading) -> OpenAISpec:
    _check_together(values, reading)
    source = _text_beside("prompt", values, reading)

    def place(fault: templates.Fault) -> Place:
        column = templates.find(fault.word, source.line(fault.line)) if fault.word else None
        return source.place(fault.line, 1 if column is None else column + 1, len(fault.word) or 1)

    note_faults(source.text, templates.PROMPT_VARIABLES, place, reading)
    by_samples = values["confidence"] == "samples"
    return OpenAISpec(
        name="",
        cost=values["cost"],
        enabled=values["enabled"].value,
        model=values["model"].value,
        prompt=source.text,
        prompt_file=values["prompt"],
        timeout_ms=values["timeout_ms"],
        max_retries=values["max_retries"],
        max_concurrency=values["max_concurrency"],
        log_answers=values["log_answers"].value,
        place=values.place,
        confidence=values["confidence"],
        samples=(values["samples"] or _SAMPLES) if by_samples else None,
        answers=values["answers"],
        prices=Prices(**values["prices"]) if values["prices"] else None,
        daily_budget=values["daily_budget"],
        calibration=_text_beside("calibration", values, reading).text if values["calibration"] else "",
        calibration_file=values["calibration"] or "",
    )


def _check_together(values: Values, reading: Reading) -> None:
    """Some keys count only beside another."""
    if values["samples"] is not None and values["confidence"] != "samples":
        message = f"`samples` counts only with `confidence: samples`, and it is `{values['confidence']}`"
        raise reading.fail("E107", message, values.places["samples"], "add `confidence: samples`, or remove `samples`")
    if values["daily_budget"] is not None and values["prices"] is None:
        message = "`prices` is missing: without it nobody knows when the `daily_budget` is spent"
        hint = "add `prices:`, such as `{input: 0.50, output: 1.50}`"
        raise reading.fail("E106", message, values.places["daily_budget"], hint)


def _text_beside(key: str, values: Values, reading: Reading) -> Source:
    """The file that a key names. What is wrong in it is shown in it."""
    path = _beside(values[key], values.places[key], reading)
    if not os.path.isfile(path):
        raise _unreadable(key, values, "it is not there", reading)
    source, problem = read_source(path, reading.drafts)
    reading.sources[source.name] = source
    if problem is not None:
        reading.problems.append(problem)
        raise Invalid
    if not source.text.strip():
        raise _unreadable(key, values, "it is empty", reading)
    return source


def _beside(name: str, place: Place, reading: Reading) -> Path:
    """The file beside the rules. Rule files may come from outside, so they name no file outside their folder."""
    path = reading.folder / name
    try:
        inside = path.resolve().is_relative_to(reading.folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name that no file can have
        raise reading.fail("E119", f"{quoted(name)} is not the path of a file", place) from None
    if not inside:
        hint = "put the file beside the rules, and write its path from there"
        raise reading.fail("E119", f"{quoted(name)} is outside of the ruleset's folder", place, hint)
    return path


def _unreadable(key: str, values: Values, why: str, reading: Reading) -> Invalid:
    hint = "paths begin at the folder of the rule file"
    return reading.fail("E119", f"the {key} {quoted(values[key])} cannot be read: {why}", values.places[key], hint)
