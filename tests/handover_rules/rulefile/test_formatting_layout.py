"""The layout that formatting gives, by example."""

from __future__ import annotations

from textwrap import dedent

import pytest

from handover_rules.errors import UsageError
from tests.handover_rules.rulefile.test_formatting import fmt

CASES = {
    "indentation": (
        """\
        hours:
            office:
                    days: mon-fri
        rules:
        - id: a
          do:
             - tell
        """,
        """\
        hours:
          office:
            days: mon-fri
        rules:
          - id: a
            do:
              - tell
        """,
    ),
    "spaces": (
        """\
        ruleset  :   shop
        queues: { a : {skills : [ x,y ,"z" , ] } , "b": {} }
        rules:
          -   id:    a
        """,
        """\
        ruleset: shop
        queues: {a: {skills: [x, y, "z"]}, "b": {}}
        rules:
          - id: a
        """,
    ),
    "blank lines": (
        """\


        ruleset: shop



        phrases:

          a: [b]
          # why


          c: [d]

          # the end

        """,
        """\
        ruleset: shop

        phrases:
          a: [b]
          # why

          c: [d]

          # the end
        """,
    ),
    "comments": (
        """\
        #shop
        #!program
        #: marked
        ##########
        ruleset: shop #the name
              # of lists
        phrases: #all
           #first
           a:
             - b
        """,
        """\
        # shop
        #!program
        #: marked
        ##########
        ruleset: shop  #the name
        # of lists
        phrases:  # all
          # first
          a:
            - b
        """,
    ),
    "what is commented out stays in its list": (
        """\
        phrases:
          a:
          - b
          # - c
          # about d
          d:
              - e
              # f
           # less
          g: [h]
        rules:
          - id: a
            then: stay
            # why: b
          # - id: c
          #   then: stay
        # end
        """,
        """\
        phrases:
          a:
            - b
            # - c
          # about d
          d:
            - e
            # f
          # less
          g: [h]
        rules:
          - id: a
            then: stay
            # why: b
          # - id: c
          #   then: stay
        # end
        """,
    ),
    "a rule's keys": (
        """\
        rules:
          - then: stay
            # the condition
            when: {lang: en}

            id: a  # its name
            # the end
          - {then: stay, id: b}
          - {then: stay, id: c, unknown: d}
        """,
        """\
        rules:
          - id: a  # its name
            # the condition
            when: {lang: en}
            then: stay
            # the end
          - {id: b, then: stay}
          - {then: stay, id: c, unknown: d}
        """,
    ),
    "texts of several lines": (
        """\
        actions:
          a:
          -   slack.post:
                text:   |   # kept
                      one

                        two
          -   slack.post:
                text: "one\x20\x20
            \\  two \\
               three"
          -   task.create:
                title:
                   one
                   two
                due_in:
                   15m
        """,
        """\
        actions:
          a:
            - slack.post:
                text: |  # kept
                  one

                    two
            - slack.post:
                text: "one
                  \\  two \\
                  three"
            - task.create:
                title:
                  one
                  two
                due_in: 15m
        """,
    ),
    "brackets over several lines": (
        """\
        queues: {
          a: {skills: [x,
            y]},   # one
          # two
          b: {skills: [z]}
        }
        phrases: {a: [b,
          c]}
        """,
        """\
        queues:
          # one
          a: {skills: [x, y]}
          # two
          b: {skills: [z]}
        phrases: {a: [b, c]}
        """,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_layout(case: str) -> None:
    before, after = map(dedent, CASES[case])
    assert fmt(before) == after


def test_what_does_not_fit_on_a_line_becomes_a_block() -> None:
    long = "word " * 20 + "word"
    text = f"""\
rules:
  - id: a
    tests:
      - {{say: {long}, given: {{ai: 0.5}}, expect: none}}  # why
"""
    assert len(text.splitlines()[3].split("  #")[0]) > 120
    assert (
        fmt(text)
        == f"""\
rules:
  - id: a
    tests:
      # why
      - say: {long}
        given: {{ai: 0.5}}
        expect: none
"""
    )


@pytest.mark.parametrize("inside", ["talk to a person, please, " * 6, "a, - , " * 30])
def test_brackets_stay_where_a_block_would_say_something_else(inside: str) -> None:
    text = f"phrases:\n  a: [{inside.replace(' ,', ',')}end]\n"
    assert fmt(text) == text.replace(" ,", ",")


def test_comments_behind_texts_stay_for_whoever_meant_a_text() -> None:
    """`handover check` says that ` #` cuts the text: it must go on to say so."""
    text = "rules:\n  - id: a\n    tests:\n      - say: where is order  #12\n        expect: none\n"
    assert fmt(text) == text
    with pytest.raises(UsageError, match="`order` in brackets"):
        fmt("phrases:\n  a: [talk to us, order #12\n    , help]\n")


def test_text_that_keeps_its_line_ends_is_followed_by_no_other() -> None:
    text = "rules:\n  - why: |+\n      one\n    then: stay\n\n    id: a\n"
    assert fmt(text) == "rules:\n  - id: a\n    why: |+\n      one\n    then: stay\n"
    assert fmt("ruleset: >\n  shop\n\n\n") == "ruleset: >\n  shop\n"
    assert fmt("ruleset: |+\n  shop\n\n\n") == "ruleset: |+\n  shop\n\n\n"
    # Without a line end at the end of the file, the text has none either.
    assert fmt("ruleset: |\n  shop") == "ruleset: |-\n  shop\n"
