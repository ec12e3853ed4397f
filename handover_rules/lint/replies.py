"""Languages: codes that no message can have, and replies that lack one."""

from __future__ import annotations

from collections.abc import Iterator

from handover_rules.condition_trees import conditions
from handover_rules.lint.entailment import Claim, Logic
from handover_rules.lint.subject import Subject
from handover_rules.lint.ways import fires
from handover_rules.problems import Problem, did_you_mean, quoted
from handover_rules.rulefile import nodes
from handover_rules.ruleset import Lang, Rule

__all__ = ["missing_languages", "unknown_languages"]

# ISO 639-1, https://www.loc.gov/standards/iso639-2/php/code_list.php, and Filipino, which has no code there.
_LISTED = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka
    kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl
    nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw
    ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu fil
"""
_CODES = frozenset(_LISTED.split())
_NAMES = {
    "arabic": "ar", "chinese": "zh", "deutsch": "de", "english": "en", "espanol": "es", "francais": "fr",
    "french": "fr", "german": "de", "hindi": "hi", "italian": "it", "portuguese": "pt", "spanish": "es",
}  # fmt: skip


def unknown_languages(subject: Subject) -> Iterator[Problem]:
    """W320: what is no language code, so that no message and no customer has it."""
    for rule in subject.ruleset.rules:
        for condition in conditions(rule):
            if isinstance(condition, Lang):
                for code in condition.languages:
                    if code not in _CODES:
                        yield _unknown(code, condition, rule.id)
    for _, _, text in _texts(subject):
        for key, _ in text.entries:
            if key.text not in _CODES:
                yield _unknown_key(key)
    for root in subject.trees:
        for key, value in root.entries:
            if key.text == "default_language" and isinstance(value, nodes.Scalar) and value.text not in _CODES:
                yield _unknown_key(value)


def _unknown(code: str, condition: Lang, rule: str) -> Problem:
    return Problem("W320", f"{quoted(code)} is not the code of a language", condition.place, _meant(code), rule=rule)


def _unknown_key(key: nodes.Scalar) -> Problem:
    return Problem("W320", f"{quoted(key.text)} is not the code of a language", key.place, _meant(key.text))


def _meant(code: str) -> str:
    """What was probably meant: a language's name, or a code with a country."""
    short = _NAMES.get(code.casefold()) or code.casefold()[:2]
    known = short in _CODES and (code.casefold() in _NAMES or code[2:3] in ("-", "_"))
    return f"write `{short}`" if known else did_you_mean(code, _CODES) or "codes have two letters, such as `en`"


def missing_languages(subject: Subject) -> Iterator[Problem]:
    """W507: replies that lack a language in which another reply of the ruleset is written, or the default one."""
    logic = Logic(subject)
    texts = list(_texts(subject))
    spoken = {key.text for _, _, text in texts for key, _ in text.entries} & _CODES
    for actions, name, text in texts:
        lacking = (spoken | {subject.ruleset.default_language}) - {key.text for key, _ in text.entries}
        users = [rule for rule in subject.ruleset.rules if actions in rule.do]
        missing = [code for code in sorted(lacking) if any(_reached(logic, rule, code) for rule in users)]
        if missing:
            languages = ", ".join(f"`{code}`" for code in missing)
            message = f"the text {quoted(name.text)} of this reply has nothing in {languages}"
            hint = "add it; until then these customers are answered in another language"
            yield Problem("W507", message, name.place, hint)


def _reached(logic: Logic, rule: Rule, language: str) -> bool:
    """Whether the rule may fire on a message in that language."""
    spoken = Claim(Lang((language,), rule.place), True)
    return not logic.excludes(spoken, Claim(fires(rule, rule.when), True))


def _texts(subject: Subject) -> Iterator[tuple[str, nodes.Scalar, nodes.Mapping]]:
    """The texts of replies that are given by language: the list of actions, the key they stand under, the mapping."""
    for actions, kind, params in subject.steps():
        for name, text in params.entries if kind == "reply" and isinstance(params, nodes.Mapping) else ():
            if isinstance(text, nodes.Mapping):
                yield actions, name, text
