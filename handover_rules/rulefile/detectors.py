"""The grammar of detectors: the common keys, and those of each kind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from handover_rules import templates
from handover_rules.rulefile import nodes
from handover_rules.rulefile.actions import TemplateText
from handover_rules.rulefile.kinds import EnvValue, Key, Table, Values, WithEnv
from handover_rules.rulefile.reading import Invalid, Reading, wrong
from handover_rules.rulefile.scalars import Choice, EnvFlag, Flag, Text, Whole
from handover_rules.rulefile.problems import did_you_mean
from handover_rules.ruleset import DetectorSpec, LinearSpec, OpenAISpec, Place

__all__ = ["DETECTOR", "KINDS", "detector"]

_FLAG = WithEnv(Flag(), default=True, env_kind=EnvFlag())
_ON = EnvValue(True, None, False)
_COMMON = (
    Key("kind", Text(), required=True),
    Key("cost", Whole(0, 1_000_000), required=True),
    Key("enabled", _FLAG, default=_ON),
)

KINDS: dict[str, Table] = {
    "linear": Table("linear detector", (*_COMMON, Key("model", Text("the path of a model file"), required=True))),
    "openai": Table(
        "openai detector",
        (
            *_COMMON,
            Key("model", WithEnv(Text("the name of a model")), required=True),
            Key("prompt", Text("the path of a prompt"), required=True),
            Key("timeout_ms", Whole(1, 120_000), default=4000),
            Key("max_retries", Whole(0, 10), default=2),
            Key("max_concurrency", Whole(1, 1000), default=8),
            Key("log_answers", _FLAG, default=_ON),
        ),
    ),
}


@dataclass(frozen=True)
class _Detector:
    """A detector: `kind` tells which other keys it has."""

    expects: str = "a detector, such as `{kind: linear, cost: 1, model: models/handover.json}`"

    def read(self, node: nodes.Node, reading: Reading) -> DetectorSpec:
        if not isinstance(node, nodes.Mapping):
            raise wrong(node, self.expects, reading)
        kind = next((value for key, value in node.entries if key.text == "kind"), None)
        if kind is None:
            hint = "add `kind:`, " + Choice(tuple(KINDS)).expects
            raise reading.fail("E106", "the detector has no `kind`", node.place, hint)
        if not isinstance(kind, nodes.Scalar) or kind.text not in KINDS:
            shown = kind.text if isinstance(kind, nodes.Scalar) else ""
            raise reading.fail("E405", f"there is no kind of detector `{shown}`", kind.place, did_you_mean(shown, KINDS))
        values = KINDS[kind.text].read(node, reading)
        return _linear(values, reading) if kind.text == "linear" else _openai(values, reading)


DETECTOR = _Detector()


def detector(name: str, spec: DetectorSpec, place: Place) -> DetectorSpec:
    """The detector under its name."""
    return type(spec)(**{**{key: getattr(spec, key) for key in spec.__slots__}, "name": name, "place": place})


def _linear(values: Values, reading: Reading) -> LinearSpec:
    path = _inside(values["model"], values.places["model"], reading)
    digest = ""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        message = f"the model file `{values['model']}` is not there; until it is, this detector is unavailable"
        reading.note("W406", message, values.places["model"], "make it with `handover train`")
    return LinearSpec("", values["cost"], values["enabled"].value, values["model"], str(path), digest, values.place)


def _openai(values: Values, reading: Reading) -> OpenAISpec:
    place = values.places["prompt"]
    path = _inside(values["prompt"], place, reading)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise reading.fail("E119", f"the prompt `{values['prompt']}` cannot be read: {reason}", place) from None
    # The prompt is read like a block text of its own file, so its problems carry that file's name.
    own = nodes.Scalar(text, Place(str(path)), plain=False)
    TemplateText(templates.PROMPT_VARIABLES).read(own, reading)
    return OpenAISpec(
        "",
        values["cost"],
        values["enabled"].value,
        values["model"].value,
        text,
        values["prompt"],
        values["timeout_ms"],
        values["max_retries"],
        values["max_concurrency"],
        values["log_answers"].value,
        values.place,
    )


def _inside(name: str, place: Place, reading: Reading) -> Path:
    """The file beside the rules. Rule files may come from outside, so they name no file outside their folder."""
    path = reading.folder / name
    if not path.resolve().is_relative_to(reading.folder.resolve()):
        reading.note("E119", f"`{name}` is outside the ruleset's folder", place, "put the file beside the rules")
        raise Invalid
    return path
