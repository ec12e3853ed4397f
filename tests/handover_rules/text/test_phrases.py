"""The phrase language: what parses to what, and what each mistake is told."""

from __future__ import annotations

import pytest

from handover_rules.text import Phrase, PhraseError, find_cycle, lists, parse_phrase
from handover_rules.text.phrases import Chain, Either, Gap, ListRef, Maybe, Node, Word


def chain(*items: Node) -> Chain:
    return Chain(items)


def either(*options: Node) -> Either:
    return Either(options)


A, B, C = Word("a"), Word("b"), Word("c")


@pytest.mark.parametrize(
    ("source", "root"),
    [
        ("Agent!", Word("agent")),
        ("a b", chain(A, B)),
        ("l'agent", chain(Word("l"), Word("agent"))),
        ("don’t", Word("dont")),
        ("人工", chain(Word("人"), Word("工"))),
        ("(a|b) c", chain(either(A, B), C)),
        ("( a | b )? c", chain(Maybe(either(A, B)), C)),
        ("(a)", A),
        ("(a b) c", chain(A, B, C)),
        ("(a b|c)", either(chain(A, B), C)),
        ("(a)? b", chain(Maybe(A), B)),
        ("((a|b) c)? b", chain(Maybe(chain(either(A, B), C)), B)),
        ("a <person-1>", chain(A, ListRef("person-1", 2))),
        ("a ... b", chain(A, Gap(2), B)),
        ("a…b", chain(A, Gap(1), B)),
        ("a……b", chain(A, Gap(1), B)),
        ("a (...|c) b", chain(A, either(Gap(3), C), B)),
        ("are you a <person>?", chain(Word("are"), Word("you"), A, ListRef("person", 10))),
        ("a b?", chain(A, B)),
        ("a b?! 🙏", chain(A, B)),
        ("a <b> ??", chain(A, ListRef("b", 2))),
        ("a (b)?", chain(A, Maybe(B))),
        ("a (b)??", chain(A, Maybe(B))),
        (
            "转（人工｜客服）？吗",
            chain(
                Word("转"),
                Maybe(either(chain(Word("人"), Word("工")), chain(Word("客"), Word("服")))),
                Word("吗"),
            ),
        ),
        ("l'(a|b)", chain(Word("l"), either(A, B))),
        ("e-(a|b)-c", chain(Word("e"), either(A, B), C)),
        ("👍 a, b 🎉", chain(A, B)),
    ],
)
def test_parse(source: str, root: Node) -> None:
    assert parse_phrase(source) == Phrase(source, root)


@pytest.mark.parametrize(
    ("source", "offset", "message", "hint"),
    [
        ("a (b", 2, "never closed", "`)`"),
        ("a (b (c) d", 2, "never closed", "`)`"),
        ("a b)", 3, "without a `(`", "`(`"),
        ("a | b", 2, "outside of brackets", "(a | b)"),
        ("(a|)", 0, "alternative is empty", "(a)?"),
        ("(|a)", 0, "alternative is empty", "(a)?"),
        ("x (a| |b)", 2, "alternative is empty", "(a)?"),
        ("a ()", 2, "empty", "leave them out"),
        ("a ( )? b", 2, "empty", "leave them out"),
        ("(|)", 0, "empty", "(a)?"),
        ("a (b|👍)", 5, "has no words", "regex"),
        ("... a", 0, "start with a gap", "leave it out"),
        ("a ...", 2, "end with a gap", "leave it out"),
        ("hello…", 5, "end with a gap", "leave it out"),
        ("...", 0, "start with a gap", "leave it out"),
        ("(a)? ... b", 5, "start with a gap", "leave it out"),
        ("a (b|... c)? (d|... e) ...", 23, "end with a gap", "leave it out"),
        ("((... a)|b) c", 2, "start with a gap", "leave it out"),
        ("a ... ... b", 6, "two gaps", "keep one"),
        ("a ... (b)? ... c", 11, "two gaps", "keep one"),
        ("a...... b", 1, "6 dots", "`...`"),
        ("a .. b", 2, "2 dots", "`...`"),
        ("a? b", 1, "`?` may only", "(word)?"),
        ("(a? b) c", 2, "`?` may only", "(word)?"),
        ("(a|b?)", 4, "`?` may only", "(word)?"),
        ("are you a <person>? yes", 18, "`?` may only", "(word)?"),
        ("? a", 0, "`?` may only", "(word)?"),
        ("(a)? (b)?", 0, "optional", "`?`"),
        ("((a)?|b)", 0, "optional", "`?`"),
        ("👍🏽", 0, "no words", "regex"),
        ("?!", 0, "no words", "regex"),
        ("  ", 0, "no words", "at least one word"),
        ("", 0, "no words", "at least one word"),
        ("a <Person>", 2, "not the name of a list", "small letters"),
        ("a <>", 2, "not the name of a list", "small letters"),
        ("a <-b>", 2, "not the name of a list", "small letters"),
        ("a <b c> d", 2, "not the name of a list", "small letters"),
        ("a <b", 2, "never closed", "<name>"),
        ("i <3 you", 2, "never closed", "<name>"),
        ("a > b", 2, "without a `<`", "<name>"),
        ("agent(s)?", 5, "part of a word", "(agent|agents)"),
        ("(un)?happy", 5, "part of a word", "(agent|agents)"),
        ("<person>s", 8, "part of a word", "(agent|agents)"),
        ("<person>'s car", 8, "part of a word", "(agent|agents)"),
        *[(f"a {sign} b", 2, f"no `{sign}`", "regex:") for sign in "*+[]{}\\^$"],
    ],
)
def test_errors(source: str, offset: int, message: str, hint: str) -> None:
    with pytest.raises(PhraseError) as caught:
        parse_phrase(source)
    assert caught.value.offset == offset
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.index is None
    assert str(caught.value) == caught.value.message


def test_nesting_has_a_limit() -> None:
    parse_phrase("(" * 20 + "a" + ")" * 20)
    with pytest.raises(PhraseError, match="more than 20 deep") as caught:
        parse_phrase("(" * 10_000 + "a" + ")" * 10_000)
    assert caught.value.offset == 20


def test_lists_in_order_with_offsets() -> None:
    assert lists(parse_phrase("<a> ... (<b>|x (<a>)?) y")) == [("a", 0), ("b", 9), ("a", 16)]


@pytest.mark.parametrize(
    ("written", "cycle"),
    [
        ({"a": ["x"], "b": ["<a> <a>"], "c": ["<a> <b>"]}, None),
        ({"a": ["<a>"]}, ["a", "a"]),
        ({"z": ["<a>"], "a": ["x", "(y|<b>)"], "b": ["<c>"], "c": ["<a>"]}, ["a", "b", "c", "a"]),
        ({"a": ["<unknown>"]}, None),
        ({}, None),
    ],
)
def test_find_cycle(written: dict[str, list[str]], cycle: list[str] | None) -> None:
    assert find_cycle({name: [parse_phrase(entry) for entry in entries] for name, entries in written.items()}) == cycle


def test_find_cycle_in_a_long_chain() -> None:
    chained = {f"l{at}": [parse_phrase(f"<l{at + 1}>")] for at in range(5_000)}
    assert find_cycle(chained) is None
    assert find_cycle({**chained, "l5000": [parse_phrase("<l4999>")]}) == ["l4999", "l5000", "l4999"]
