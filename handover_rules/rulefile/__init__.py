"""Reading rule files: YAML text -> nodes -> grammar -> links -> a `Ruleset`, with every problem at its place."""

from handover_rules.problems import Problem
from handover_rules.rulefile.load import Examined, examine, load_ruleset

__all__ = ["Examined", "Problem", "examine", "load_ruleset"]
