"""Normalisation: every rule in every script it is for, and that it is final."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover_rules.text import shorten, tokens, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # English
        ("I need a HUMAN, now!!", "i need a human now"),
        ("don't I'd can’t we`ll it´s she＇s", "dont id cant well its shes"),
        ("O'Brien's rock'n'roll 'quoted' dogs' '90s 5'6", "obriens rocknroll quoted dogs 90s 5 6"),
        ("don''t ' '' a' 'b x'1", "don t a b x 1"),
        ("e-mail/24_7 AT&T a...b (c) $50 100%", "e mail 24 7 at t a b c 50 100"),
        ("line\nbreak\ttab\x00null\x7f\u2028sep\xa0nbsp", "line break tab null sep nbsp"),
        ("", ""),
        ("?! ...", ""),
        # Spanish, German, Polish, Danish, Vietnamese: marks and strokes
        ("¿Está Ud. ahí, señor? ¡SÍ!", "esta ud ahi senor si"),
        ("Straße GROẞ Müller über", "strasse gross muller uber"),
        ("Połączyć ŻÓŁĆ", "polaczyc zolc"),
        ("Smørrebrød Århus æble", "smorrebrod arhus aeble"),
        ("Điện thoại", "dien thoai"),
        ("cafe\u0301 e\u0323\u0302 a\u200d\u0301", "cafe e a"),
        # French and Italian elisions
        ("l'agent L’AGENT d'accord qu'il s'il j`ai", "l agent l agent d accord qu il s il j ai"),
        ("jusqu'à lorsqu'on puisqu'elle quelqu'un", "jusqu a lorsqu on puisqu elle quelqu un"),
        ("y a-t-il c'est-à-dire aujourd'hui", "y a t il c est a dire aujourdhui"),
        ("cœur Œuvre", "coeur oeuvre"),
        ("l’ordine dell'ordine un'altra com'è dov'è", "l ordine dell ordine un altra com e dov e"),
        ("all'una nell'ora sull'auto dall'estero quell'uomo", "all una nell ora sull auto dall estero quell uomo"),
        # Turkish
        ("İstanbul ISPARTA ısı ŞİKÂYET", "istanbul isparta isi sikayet"),
        # Greek and Cyrillic
        ("Ελλάδα ΆΝΘΡΩΠΟΣ άνθρωπος ΐ ὀδός", "ελλαδα ανθρωποσ ανθρωποσ ι οδοσ"),
        ("Йод Ёлка ЕЩЁ мой їжак", "иод елка еще мои іжак"),
        ("и\u0306 кра\u0301сный", "и красныи"),
        # Arabic: tashkeel, tatweel, alefs; the hamza carriers stay
        ("مُحَمَّدٌ", "محمد"),
        ("مـــرحبا", "مرحبا"),
        ("أحمد إلى آخر ٱلله", "احمد الى اخر الله"),
        ("سؤال، شيء؟", "سؤال شيء"),
        # Devanagari keeps its signs, and they split nothing
        ("नमस्ते, किताब की!", "नमस्ते किताब की"),
        ("क्\u200dष", "क्ष"),
        # Hebrew and Thai keep theirs too
        ("שָׁלוֹם", unicodedata.normalize("NFKC", "שָׁלוֹם")),
        ("สวัสดี ครับ", "สวัสดี ครับ"),
        # Chinese, Japanese, Korean
        ("我要找人工客服！", "我 要 找 人 工 客 服"),
        ("转人工ok吗24小时", "转 人 工 ok 吗 24 小 时"),
        ("人々〇𠮷", "人 々 〇 𠮷"),
        ("オペレーターと話したい", "オ ペ レ ー タ ー と 話 し た い"),
        ("ｵﾍﾟﾚｰﾀｰ ガ カ\u3099 あ\u3099", "オ ペ レ ー タ ー ガ ガ あ"),
        ("상담원 연결해 주세요.", "상담원 연결해 주세요"),
        ("\u1112\u1161\u11ab \u1112\u200b\u1161", "한 하"),
        # emoji, full width, zero width
        ("help👩‍👩‍👧‍👦me 🙏🏽 ❤️ 1️⃣ 🇩🇪", "help me 1"),
        ("Ｈｅｌｐ　ｍｅ！　①", "help me 1"),
        ("a\u00adgent ag\u200bent ag\u200cent \ufeffagent \u202eagent\u2069 ag\ufe0fent", "agent " * 6),
        ("ﬁne ﷺ", "fine صلى الله عليه وسلم"),
        ("private\ue000use \ud800 lone", "private use lone"),
    ],
)
def test_tokens(text: str, expected: str) -> None:
    assert tokens(text) == expected.split()


def final(text: str) -> bool:
    once = tokens(text)
    return tokens(" ".join(once)) == once


def test_tokens_of_every_character_are_final() -> None:
    wrong = [hex(code) for code in range(sys.maxunicode + 1) if not final(f"a{chr(code)}b {chr(code)}")]
    assert wrong == []


tricky = (
    st.sampled_from(
        "'’´ʼ.lquda1 \u200d\u00ad\u0301\u0345\u0338\u0640\u0653\u0654اوआ\u093c\u09c7\u09beক"
        "\u1100\u1161\u11a8かー\u3099我İıßéЁǅΐ"
    )
    | st.characters()
)


@given(st.text(tricky))
def test_tokens_are_final(text: str) -> None:
    assert final(text)


@given(st.text(tricky))
def test_a_token_is_a_word_without_space(text: str) -> None:
    assert all(token and token.split() == [token] for token in tokens(text))


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_is_no_special_case(text: str) -> None:
    assert tokens(text + " é")[:-1] == tokens(text)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("heeelp", "help"),
        ("pleaseee", "please"),
        ("aaabbb", "ab"),
        ("hello", "hello"),
        ("1000", "1000"),
        ("ноооо", "но"),
    ],
)
def test_shorten(token: str, expected: str) -> None:
    assert shorten(token) == expected


def test_words_are_shortened_tokens() -> None:
    assert words("HEEELP me, pleaseee 1000!!!") == ["help", "me", "please", "1000"]
