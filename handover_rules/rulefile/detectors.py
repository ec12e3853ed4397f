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
from handover_rules.rulefile.scalars import Choice, EnvFlag, Flag, Text, Whole
from handover_rules.rulefile.shape import Schema
from handover_rules.rulefile.source import read_source
from handover_rules.ruleset import DetectorSpec, LinearSpec, OpenAISpec, Place

__all__ = ["DETECTOR", "KINDS", "detector"]

_FLAG = WithEnv(Flag(), default=True, env_kind=EnvFlag())
_ON = EnvValue(True, None, False)


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
                about="How many questions may be under way at the same time.",
                example="8",
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
    path = _beside(values["prompt"], values.places["prompt"], reading)
    if not os.path.isfile(path):
        raise _unreadable("prompt", values, "it is not there", reading)
    # A prompt is a file of its own, and its problems are shown in it.
    source, problem = read_source(path, reading.drafts)
    reading.sources[source.name] = source
    if problem is not None:
        reading.problems.append(problem)
        raise Invalid

    if not source.text.strip():
        raise _unreadable("prompt", values, "it is empty", reading)

    def place(fault: templates.Fault) -> Place:
        column = templates.find(fault.word, source.line(fault.line)) if fault.word else None
        return source.place(fault.line, 1 if column is None else column + 1, len(fault.word) or 1)

    note_faults(source.text, templates.PROMPT_VARIABLES, place, reading)
    return OpenAISpec(
        "",
        values["cost"],
        values["enabled"].value,
        values["model"].value,
        source.text,
        values["prompt"],
        values["timeout_ms"],
        values["max_retries"],
        values["max_concurrency"],
        values["log_answers"].value,
        values.place,
    )


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
