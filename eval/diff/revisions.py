"""Where the rules of a comparison stand: a file or folder, or a folder of a git revision."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from handover_rules.errors import RulesetError, UsageError
from handover_rules.problems import Problem
from handover_rules.rulefile import load_ruleset
from handover_rules.rulefile.source import Source
from handover_rules.ruleset import Place, Ruleset

__all__ = ["RulesSource", "open_rules"]


@dataclass(frozen=True, slots=True)
class RulesSource:
    """Rules that can be read at `path`. `name` says to people where they come from."""

    name: str
    path: Path
    folder: str = ""
    revision: str = ""

    def load(self, environ: Mapping[str, str] | None) -> Ruleset:
        """As `load_ruleset`. Problems of a revision are placed in it, as `REVISION:rules/file.yaml`."""
        try:
            return load_ruleset(self.path, environ)
        except RulesetError as error:
            if not self.revision:
                raise
            sources = {
                self._named(name): Source(self._named(name), source.text) for name, source in error.sources.items()
            }
            raise RulesetError([self._placed(problem) for problem in error.problems], sources) from None

    def same_place(self, other: RulesSource) -> bool:
        """Whether both name one file or folder, or one of a revision."""
        return self.name == other.name or os.path.samefile(self.path, other.path)

    def _named(self, file: str) -> str:
        path = Path(file)
        return f"{self.revision}:{path.relative_to(self.folder)}" if path.is_relative_to(self.folder) else file

    def _placed(self, problem: Problem) -> Problem:
        def moved(place: Place) -> Place:
            return replace(place, file=self._named(place.file))

        related = problem.related and (moved(problem.related[0]), problem.related[1])
        return replace(problem, place=moved(problem.place), related=related)


@contextmanager
def open_rules(given: str, inside: Path, *, told: bool = False) -> Iterator[RulesSource]:
    """The rules that a user named: a path if there is one, else a git revision, alone or as `REVISION:PATH`.

    `inside` is where the rules stand in a revision that names no path, seen from the current folder; a path behind a
    colon begins at the top of the repository, as git has it. `told` is whether the user said `inside`, else it is a
    guess. What belongs to the rules (prompts, models) stands beside them and comes along. A revision is there until the
    context ends. Raises UsageError where there are no such rules.
    """
    if os.path.exists(given):
        yield RulesSource(given, Path(given))
        return
    revision, colon, path = given.partition(":")
    found = _git("rev-parse", "--show-toplevel")
    if found.returncode:
        reason = found.stderr.strip().removeprefix("fatal: ")
        raise UsageError(f"there is no file or folder {given!r}, and git cannot look for such a revision: {reason}")
    top = Path(found.stdout.strip())
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").stdout.strip()
    if not commit:
        raise UsageError(
            f"there is no file or folder {given!r}, and git knows no revision {revision!r}; "
            "a branch of a remote may have to be fetched first"
        )
    wanted = PurePosixPath(path) if colon else _in_repository(inside, top)
    kind = _git("cat-file", "-t", f"{commit}:{'' if wanted == PurePosixPath() else wanted}").stdout.strip()
    if kind not in ("tree", "blob"):
        hint = "name it with --path"
        if colon:
            hint = "what stands behind the colon begins at the top of the repository"
        elif told:
            hint = "--path begins at the current folder"
        raise UsageError(f"the revision {revision!r} has no file or folder {str(wanted)!r}; {hint}")
    with tempfile.TemporaryDirectory(prefix="handover-") as folder:
        _extract(commit, wanted if kind == "tree" else wanted.parent, top, folder)
        yield RulesSource(f"{revision}:{wanted}", Path(folder, wanted), folder, revision)


def _in_repository(path: Path, top: Path) -> PurePosixPath:
    """The path from the top of the repository. Symbolic links in it stay, since a revision has them too."""
    full = Path(os.path.normpath(Path.cwd().resolve() / path))
    if not full.is_relative_to(top):
        raise UsageError(
            f"{str(path)!r} is outside of the git repository; say with --path where the revision has its rules"
        )
    return PurePosixPath(full.relative_to(top))


def _extract(commit: str, folder: PurePosixPath, top: Path, to: str) -> None:
    archive = subprocess.run(  # noqa: S603 - the commit is a hash, and the folder stands behind `--`
        [_program(), "-C", str(top), "archive", "--format=tar", commit, "--", str(folder)],
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        raise UsageError(
            f"git cannot read {folder} of {commit[:12]}: {archive.stderr.decode(errors='replace').strip()}"
        )
    try:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            files.extractall(to, filter="data")
    except tarfile.TarError as error:
        raise UsageError(
            f"{folder} of {commit[:12]} cannot be unpacked: {error}; check the revision out, and name its folder"
        ) from error


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([_program(), *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - no shell


def _program() -> str:
    program = shutil.which("git")
    if program is None:
        raise UsageError("to read a revision, git is needed, and it is not installed; name two folders instead")
    return program
