"""The grammar of `allow`: checks that are switched off by their name, each with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from handover_rules.problems import did_you_mean, quoted
from handover_rules.rulefile import nodes
from handover_rules.rulefile.kinds import Key, MapOf, Table
from handover_rules.rulefile.reading import Reading
from handover_rules.rulefile.scalars import Slug, Text
from handover_rules.rulefile.shape import Schema
from handover_rules.ruleset import Allowed

__all__ = ["ALLOW"]


def _switchable() -> dict[str, str]:
    """The names of the checks that can be switched off, with their titles."""
    # Imported here: few rulesets switch a check off, and the help pages take a while to read.
    from handover_rules.rulefile.catalogue import CHECKS

    return {check.name: check.title for check in CHECKS.values() if check.severity == "warning"}


@dataclass(frozen=True)
class _CheckName(Slug):
    """The name of a check that warns; what keeps a ruleset from loading cannot be switched off."""

    expects: str = "the name of a check, such as `shadowed-phrase`"

    def read(self, node: nodes.Node, reading: Reading) -> str:
        name = super().read(node, reading)
        names = list(_switchable())
        if name not in names:
            hint = did_you_mean(name, names) or "`handover explain` lists the checks; only warnings can be switched off"
            raise reading.fail("E309", f"no check that can be switched off is called {quoted(name)}", node.place, hint)
        return name


_REASON = Text("the reason why this check is switched off")


class _Allow:
    expects = "checks and the reasons why they are switched off, such as `shadowed-phrase: the languages share words`"

    def schema(self) -> Schema:
        keys = (
            Key(name, _REASON, about=f"{title}: why this is as it should be.", example="Customers write it so.")
            for name, title in _switchable().items()
        )
        return Table("`allow`", tuple(keys)).schema()

    def read(self, node: nodes.Node, reading: Reading) -> tuple[Allowed, ...]:
        return tuple(MapOf(_REASON, Allowed, _CheckName(), self.expects).read(node, reading).values())


ALLOW = _Allow()
