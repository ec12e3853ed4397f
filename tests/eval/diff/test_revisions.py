"""Rules of a git revision, read as they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eval.diff.revisions import open_rules
from handover_rules.errors import RulesetError, UsageError
from handover_rules.rulefile import load_ruleset

Commit = Callable[[], None]

RULES = Path("rules")


@pytest.fixture
def repository(rules: Path, tmp_path: Path, commit: Commit, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, being the current folder: `rules` is committed, with a prompt, and then a phrase is changed."""
    monkeypatch.chdir(tmp_path)
    commit()
    text = (rules / "shop.yaml").read_text(encoding="utf-8")
    (rules / "shop.yaml").write_text(text.replace("human please", "agent please"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("given", ["HEAD", "main", "main:rules", "HEAD:rules/shop.yaml", "main:./rules"])
def test_a_revision_is_read_as_it_was(repository: Path, given: str) -> None:
    with open_rules(given, RULES) as source:
        ruleset = source.load(None)
        assert "agent please" not in str(ruleset.rules)
        assert ruleset.detectors["ai"].kind == "openai"  # its prompt stands beside the rules
        assert source.name.split(":")[0] == given.split(":")[0]
        path = source.path
    assert not path.exists()
    assert ruleset.hash != load_ruleset(RULES).hash


def test_the_same_rules_have_the_same_hash_wherever_they_are_read(repository: Path, commit: Commit) -> None:
    commit()
    with open_rules("HEAD", RULES) as now, open_rules("HEAD~1", RULES) as before:
        assert now.load(None).hash == load_ruleset(RULES).hash != before.load(None).hash


def test_a_path_is_seen_from_the_current_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "rules")
    with open_rules("HEAD", Path(".")) as source:
        assert source.name == "HEAD:rules"
        source.load(None)


def test_an_existing_path_wins(repository: Path) -> None:
    (repository / "main").mkdir()
    with open_rules("main", RULES) as source:
        assert source.path == Path("main")


def test_problems_stand_in_the_revision(repository: Path, commit: Commit) -> None:
    (repository / "rules" / "shop.yaml").write_text("ruleset: shop\nrulez: []\n", encoding="utf-8")
    commit()
    with open_rules("main", RULES) as source, pytest.raises(RulesetError) as caught:
        source.load(None)
    assert {problem.place.file for problem in caught.value.problems} == {"main:rules/shop.yaml"}
    assert caught.value.sources["main:rules/shop.yaml"].text.startswith("ruleset: shop")


@pytest.mark.parametrize(
    ("given", "inside", "said"),
    [
        ("nowhere", "rules", "git knows no revision 'nowhere'"),
        ("--all", "rules", "git knows no revision '--all'"),
        ("HEAD", "rulez", "'HEAD' has no file or folder 'rulez'; name it with --path"),
        ("HEAD:rulez", "rules", "has no file or folder 'rulez'; what stands behind the colon begins at the top"),
        ("HEAD", "../elsewhere", "outside of the git repository"),
    ],
)
def test_what_is_not_there_is_said(repository: Path, given: str, inside: str, said: str) -> None:
    with pytest.raises(UsageError, match=said), open_rules(given, Path(inside)):
        pass


@pytest.mark.parametrize("target", ["/etc/hostname", "../../outside.yaml"])
def test_a_link_out_of_the_repository_is_not_followed(repository: Path, commit: Commit, target: str) -> None:
    (repository / "rules" / "more.yaml").symlink_to(target)
    commit()
    said = r"rules of [0-9a-f]{12} cannot be unpacked: .*more\.yaml.*; check the revision out, and name its folder"
    with pytest.raises(UsageError, match=said), open_rules("HEAD", RULES):
        pass


def test_without_a_repository_there_are_no_revisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="not a git repository"), open_rules("HEAD", RULES):
        pass


def test_without_git_two_folders_can_be_named(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with open_rules(str(rules), RULES) as source:
        source.load(None)
    with pytest.raises(UsageError, match="git is needed"), open_rules("HEAD", RULES):
        pass
