"""The workbench in real Chromium, used as its users would, on copies of the shipped rules and messages."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browser import HERE, chromium, settle, take_picture, watched_page
from tests.service.serving import ROOT, environment
from tests.shipped import copy_datasets, copy_rules

PAGES = ("Evaluation", "Threshold", "Try a message", "Rules", "Runs")

# Pixels of a table that is drawn on a canvas: its head, a row, and how far from the left a row is chosen.
HEAD, ROW, CHOOSE = 36, 35, 16


@dataclass(frozen=True)
class Workbench:
    """A running workbench: its address, and the folder that it works in."""

    address: str
    folder: Path


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """The workbench in a process of its own, with two runs that were kept. Nothing of the tree can be written."""
    folder = tmp_path_factory.mktemp("workbench")
    if os.environ.get("HANDOVER_SCREENSHOTS"):  # pictures are of what is shipped
        for name in ("rules", "datasets"):
            shutil.copytree(ROOT / name, folder / name)
    else:
        copy_rules(folder / "rules")
        copy_datasets(folder / "datasets", every=4, only="messages/en.jsonl")
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    # Messages from which something can be learnt.
    shutil.copy(ROOT / "docs" / "tutorials" / "concierge.jsonl", folder / "datasets" / "messages")
    environ = environment(HOME=str(folder))
    evaluate = [sys.executable, "-m", "handover_rules", "eval", "datasets/messages/en.jsonl", "--offline"]
    for detector in ([], ["--detector", "local"]):
        subprocess.run([*evaluate, *detector], cwd=folder, env=environ, capture_output=True, check=True)
    with socket.create_server((HERE, 0)) as free:
        port = str(free.getsockname()[1])
    # Sources are not watched: somebody may be at work on them while the test runs.
    options = ["--server.port", port, "--server.fileWatcherType", "none"]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app_streamlit.py"), *options]
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    try:
        # It says its address as soon as it answers.
        said = next((line for line in process.stdout if "URL: " in line), None)
        assert said, f"the workbench did not start: {(folder / 'log').read_text(encoding='utf-8')}"
        yield Workbench(said.split("URL: ")[1].strip(), folder)
    finally:
        process.kill()  # it has nothing to save
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched_page(browser) as page:
        yield page


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where the pictures go: the folder that HANDOVER_SCREENSHOTS names, if it does."""
    folder = Path(os.environ.get("HANDOVER_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def go_to(page: Page, title: str) -> Locator:
    """Open one of the pages from the list on the left. The page beside the list."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title).click()
    main = page.get_by_test_id("stMain")
    expect(main.get_by_role("heading", level=1)).to_have_text(title)
    settle(page)
    return main


def rows_of(table: Locator) -> Locator:
    """The rows of a table that is drawn on a canvas, as they are told to screen readers."""
    return table.locator("tbody tr")


def test_evaluation(workbench: Workbench, page: Page, pictures: Path) -> None:
    page.goto(workbench.address)
    main = go_to(page, "Evaluation")
    for contender in ("Whole ruleset", "Patterns alone", "Local model alone"):
        row = main.get_by_role("row", name=contender).first
        expect(row).to_contain_text(re.compile(r"[01]\.\d{3}.*[\d,]+ of [\d,]+"))
        expect(main.get_by_test_id("stVegaLiteChart").first).to_contain_text(contender)
    main.get_by_role("heading", level=1).evaluate("heading => heading.scrollIntoView()")
    take_picture(page, pictures / "workbench.png", whole=False)
    assert (pictures / "workbench.png").stat().st_size < 200_000  # it is the README's

    wrong, trace = main.get_by_test_id("stDataFrame").first, main.get_by_test_id("stDataFrame").last
    missed = rows_of(wrong).nth(3)
    expect(missed.locator("td").nth(1)).to_have_text("Missed")
    message = missed.locator("td").first.text_content() or ""
    chosen = main.locator("b", has_text=message)
    expect(chosen).to_have_count(0)
    wrong.click(position={"x": CHOOSE, "y": HEAD + 3.5 * ROW})
    expect(chosen).to_have_text(message)
    trace.scroll_into_view_if_needed()
    expect(rows_of(trace).last).to_contain_text("did not fire")
    settle(page)


def test_a_wrong_message_becomes_a_rule_test(workbench: Workbench, page: Page, pictures: Path) -> None:
    page.goto(workbench.address)
    main = go_to(page, "Evaluation")
    files = sorted((workbench.folder / "rules").glob("*.yaml"))
    before = {path: path.read_text(encoding="utf-8") for path in files}
    button = main.get_by_role("button", name="Make this a rule test")
    button.click()
    written = main.get_by_test_id("stAlert").filter(has_text="Written to rules/")
    expect(written).to_be_visible()
    ((path, after),) = ((path, text) for path in files if (text := path.read_text(encoding="utf-8")) != before[path])
    expect(written).to_contain_text(path.name)
    added = [line for line in after.splitlines() if line not in before[path].splitlines()]
    # On one line, or on two where the message is long.
    assert re.fullmatch(r" *- (\{say: .*, expect: \w+\}|say: .*\n *expect: \w+)", "\n".join(added))
    settle(page)
    button.scroll_into_view_if_needed()
    take_picture(page, pictures / "a-rule-test-of-a-message.png", whole=False)
    path.write_text(before[path], encoding="utf-8")


def test_a_label_is_corrected_and_put_back(workbench: Workbench, page: Page, pictures: Path) -> None:
    files = sorted((workbench.folder / "datasets" / "messages").glob("*.jsonl"))
    before = {path: path.read_bytes() for path in files}
    page.goto(workbench.address)
    main = go_to(page, "Evaluation")
    summary = main.get_by_test_id("stMarkdown").filter(has_text="labelled messages").first
    said = summary.inner_text()
    with page.expect_download() as exported:
        main.get_by_role("button", name=re.compile("Download .* as JSON Lines")).first.click()
    listed = exported.value.path().read_text(encoding="utf-8").splitlines()
    first = rows_of(main.get_by_test_id("stDataFrame").first).first.locator("td").first.text_content()
    assert first in {json.loads(line)["text"] for line in listed}

    button = main.get_by_role("button", name="Relabel: nobody was needed")
    button.click()
    expect(main.get_by_text("Written to datasets/messages/")).to_be_visible()
    expect(summary).not_to_have_text(said)
    ((path, after),) = ((path, content) for path in files if (content := path.read_bytes()) != before[path])
    was, is_now = ([json.loads(line) for line in content.splitlines()] for content in (before[path], after))
    ((old, new),) = ((one, other) for one, other in zip(was, is_now, strict=True) if one != other)
    assert (old["label"], new) == (1, {**old, "label": 0})
    settle(page)
    button.scroll_into_view_if_needed()
    take_picture(page, pictures / "a-label-that-was-corrected.png", whole=False)

    main.get_by_role("button", name="Undo").click()
    expect(main.get_by_text("is as it was")).to_be_visible()
    expect(summary).to_have_text(said)
    assert {path: path.read_bytes() for path in files} == before
    settle(page)


def test_a_suggestion_goes_into_the_editor(workbench: Workbench, page: Page, pictures: Path) -> None:
    page.goto(workbench.address)
    main = go_to(page, "Rules")
    suggested = main.get_by_test_id("stDataFrame").last
    expect(rows_of(suggested).first).to_contain_text("need the concierge")
    main.get_by_role("button", name="Put it into the editor").click()
    expect(main.get_by_test_id("stAlert").filter(has_text="is not saved yet")).to_be_visible()
    expect(main.get_by_label("File")).to_have_value("asked-for-a-person-en.yaml")
    expect(main.locator("textarea").first).to_have_value(re.compile(r"\n            - need the concierge\n"))
    expect(main.get_by_test_id("stAlert").filter(has_text="would be decided otherwise")).to_be_visible()
    take_picture(page, pictures / "rules-with-a-suggestion.png")
    path = workbench.folder / "rules" / "asked-for-a-person-en.yaml"
    assert "concierge" not in path.read_text(encoding="utf-8")


def test_threshold(workbench: Workbench, page: Page) -> None:
    page.goto(workbench.address)
    main = go_to(page, "Threshold")
    slider, exactly = main.get_by_role("slider"), main.get_by_label("Exactly")
    counts, flips = main.get_by_test_id("stTable").get_by_role("row"), main.locator("table.flips tbody tr")
    start = counts.nth(1).inner_text()
    assert _cells(start) == _cells(counts.nth(2).inner_text())
    expect(flips).to_have_count(0)

    # Two steps at once: what comes back for the first does not undo the second.
    slider.press("PageDown")
    slider.press("PageDown")
    expect(exactly).to_have_value("0.750000")
    expect(counts.nth(1)).to_contain_text("0.75")
    was, is_now = _cells(start), _cells(counts.nth(1).inner_text())
    assert sum(was.values()) == sum(is_now.values())
    flipped = is_now["TP"] - was["TP"] + is_now["FP"] - was["FP"]
    assert flipped > 0
    expect(flips).to_have_count(flipped)

    exactly.fill("0.876543")
    exactly.press("Enter")
    expect(counts.nth(1)).to_contain_text("0.876543")
    expect(slider).to_have_value("0.877")
    settle(page)


def _cells(row: str) -> dict[str, int]:
    """The counts of a row, by their short names."""
    return {name: int(count.replace(",", "")) for count, name in re.findall(r"([\d,]+) ([TF][PN])", row)}


def test_try_a_message(workbench: Workbench, page: Page) -> None:
    page.goto(workbench.address)
    main = go_to(page, "Try a message")
    text, headline = main.get_by_label("What the customer writes"), main.get_by_test_id("stAlert").first
    expect(headline).to_contain_text("A person takes over")
    text.fill("do you have this in blue")
    text.press("Control+Enter")
    expect(headline).to_contain_text("The bot goes on")
    main.get_by_text("this is urgent, my parcel never came").first.click()
    expect(headline).to_contain_text("A person takes over")
    expect(text).to_have_value("this is urgent, my parcel never came")
    expect(rows_of(main.get_by_test_id("stDataFrame").last).first).to_contain_text("decided")
    settle(page)


def test_rules(workbench: Workbench, page: Page) -> None:
    path = workbench.folder / "rules" / "urgent-en.yaml"
    before = path.read_text(encoding="utf-8")
    page.goto(workbench.address)
    main = go_to(page, "Rules")
    file, save = main.get_by_label("File"), main.get_by_role("button", name="Save", exact=True)
    editor = main.locator("textarea").first  # that of the file before stays behind it for a moment
    file.click()
    page.get_by_role("option", name="urgent-en.yaml").click()
    expect(editor).to_have_value(before)
    expect(save).to_be_disabled()

    broken = before.replace("    when:", "    wehn:", 1)
    line = broken[: broken.index("wehn:")].count("\n") + 1
    editor.fill(broken)
    editor.press("Control+Enter")
    expect(main.get_by_test_id("stCode")).to_contain_text(f"urgent-en.yaml:{line}:5")
    expect(save).to_be_disabled()
    expect(file).to_have_value("urgent-en.yaml")

    editor.fill(before)
    editor.press("Control+End")
    page.keyboard.type("# Typed in a browser: ä, 人,  two blanks.\n")
    editor.press("Control+Enter")
    expect(save).to_be_enabled()
    expect(file).to_have_value("urgent-en.yaml")
    assert path.read_text(encoding="utf-8") == before
    save.click()
    expect(main.get_by_test_id("stAlert").filter(has_text="Saved")).to_be_visible()
    expect(save).to_be_disabled()
    expect(file).to_have_value("urgent-en.yaml")
    assert path.read_bytes().decode() == before + "# Typed in a browser: ä, 人,  two blanks.\n"
    settle(page)


def test_runs(workbench: Workbench, page: Page) -> None:
    page.goto(workbench.address)
    main = go_to(page, "Runs")
    expect(rows_of(main.get_by_test_id("stDataFrame").first).first).to_contain_text("en.jsonl")


def test_two_runs_are_compared(workbench: Workbench, page: Page, pictures: Path) -> None:
    page.goto(workbench.address)
    main = go_to(page, "Runs")
    main.get_by_role("combobox", name="Compare it with").click()
    page.get_by_role("option").first.click()
    expect(main.get_by_test_id("stAlert").first).to_contain_text("NOT ALIKE: before strict view, the whole ruleset")
    expect(main.get_by_role("row", name="Before").last).to_contain_text(re.compile(r"[01]\.\d{3}.*[\d,]+ of [\d,]+"))
    expect(main.get_by_test_id("stAlert").nth(1)).to_contain_text("exact McNemar p ")
    expect(rows_of(main.get_by_test_id("stDataFrame").first).first).to_contain_text("worse: ")
    with page.expect_download() as report:
        main.get_by_role("button", name="Download the comparison as Markdown").click()
    assert report.value.path().read_text(encoding="utf-8").startswith("### Runs, NOT ALIKE: before strict view")
    settle(page)
    take_picture(page, pictures / "two-runs-compared.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800])
def test_pictures(
    width: int, scheme: Literal["light", "dark"], workbench: Workbench, browser: Browser, pictures: Path
) -> None:
    with watched_page(browser, width, scheme) as page:
        page.goto(workbench.address)
        for title in PAGES:
            go_to(page, title)
            take_picture(page, pictures / f"{title.lower().replace(' ', '-')}-{width}-{scheme}.png")
