"""The website in a browser, with no server but one that hands out its files: every page, both themes, a telephone."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.places import box
from website.build import NOTEBOOKS, build

pytestmark = pytest.mark.once

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 720}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; its build has no warning."""
    parent = tmp_path_factory.mktemp("website")
    assert build(parent / "site", parent / "source") == 0
    return parent / "site"


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that fails on an error in its console, and on any request to another host."""
    context = browser.new_context(viewport=DESK, reduced_motion="reduce")
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console", lambda message: faults.append(message.text) if message.type == "error" else None
    )
    opened.on("requestfailed", lambda request: faults.extend(_failure(request)))
    opened.on(
        "request",
        lambda request: faults.append(request.url) if _is_elsewhere(request.url) else None,
    )
    yield opened
    context.close()
    assert faults == []


def _failure(request: Request) -> list[str]:
    """Return the failure of a request; one that ends because the page is left is none."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.failure}: {request.url}"]


def _is_elsewhere(url: str) -> bool:
    return not re.match(r"(http://127\.0\.0\.1[:/]|file:|data:|blob:|about:)", url)


def pages_of(folder: Path) -> list[Path]:
    """Return the site's own pages; the reference is a site of its own."""
    return [path for path in folder.rglob("*.html") if not {"_static", "reference"} & {*path.parts}]


def too_wide(page: Page) -> bool:
    """Return True if the page must be scrolled sideways."""
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
        )
    )


def test_every_page_opens_in_both_themes_and_on_a_telephone(
    page: Page, address: str, folder: Path, artifacts: Path
) -> None:
    names = [path.relative_to(folder).as_posix() for path in sorted(pages_of(folder))]
    assert len(names) >= 20
    for name in names:
        for theme, size in (("light", PHONE), ("dark", DESK)):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.goto(f"{address}/{name}")
            expect(page.locator("h1:visible").first, name).to_be_visible()
            assert not too_wide(page), (name, theme)
            if name in ("index.html", "notebooks/03_cap.html"):
                page.screenshot(path=artifacts / f"website_{Path(name).stem}_{theme}.png")


@pytest.mark.parametrize("served", [True, False], ids=["served", "opened as a file"])
def test_a_message_of_the_front_page_is_lost_by_a_click_and_comes_back_by_another(
    page: Page, address: str, folder: Path, served: bool
) -> None:
    page.goto(address if served else (folder / "index.html").as_uri())
    card, tasks = page.locator(".live .card"), page.locator(".live .tasks li")
    expect(card).to_contain_text("✓ all say 3")
    middle = "line => ((box) => [box.x + box.width / 2, box.y + box.height / 2])(line.getBoundingClientRect())"
    page.mouse.click(*page.locator(".live .message").nth(4).evaluate(middle))
    expect(card).to_contain_text("✗")
    expect(tasks.first).to_contain_text("done with 1 touch")
    expect(page.locator(".live .touches li")).to_have_count(1)
    page.locator(".live .message").nth(4).focus()
    page.keyboard.press("Enter")
    expect(card).to_contain_text("✓ all say 3")
    page.mouse.click(*page.locator(".live .message").nth(4).evaluate(middle))
    page.locator(".live .touches input").uncheck()
    expect(card).to_contain_text("✓ all say 3")
    page.locator(".live .touches input").check()
    expect(card).to_contain_text("✗")
    steps = (("undo", "✓"), ("undo", "✗"), ("redo", "✓"), ("redo", "✗"), ("reset", "✓"))
    for button, sign in steps:
        page.get_by_role("button", name=button, exact=True).click()
        expect(card).to_contain_text(sign)


def test_the_two_deeds_of_the_front_page_can_be_done(page: Page, address: str) -> None:
    page.goto(address)
    for name in ("a's 1st Add to b", "b's 1st Add to c", "c's 1st Add to a"):
        page.locator(f'.live .message[aria-label^="{name}"]').focus()
        page.keyboard.press("Enter")
    expect(page.locator(".live .tasks li.done")).to_have_count(2)


def test_the_time_cursor_lies_on_the_picture_on_a_telephone(page: Page, address: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(address)
    picture = box(page.locator(".live .sheet > svg").first)
    cursor = box(page.locator(".live svg.time"))
    assert cursor["width"] == pytest.approx(picture["width"], abs=2)


def test_other_gestures_are_answered_in_words(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".live .lane").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".live .status")).to_contain_text("nothing else")


def test_search_finds_a_word_of_a_chapter(page: Page, address: str) -> None:
    page.goto(f"{address}/search.html?q=anti-entropy")
    expect(page.locator("#search-results li").first).to_be_visible()
    assert any(
        "05" in text or "03" in text
        for text in page.locator("#search-results li").all_inner_texts()
    )


def test_a_term_shows_its_definition_and_leads_to_the_glossary(page: Page, address: str) -> None:
    page.goto(f"{address}/notebooks/03_cap.html")
    term = page.locator("a.term").first
    term.hover()
    expect(page.get_by_role("tooltip")).to_contain_text(term.inner_text()[:4], ignore_case=True)
    page.mouse.move(0, 0)
    expect(page.get_by_role("tooltip")).to_have_count(0)
    term.focus()
    expect(page.get_by_role("tooltip")).to_be_visible()
    term.press("Escape")
    expect(page.get_by_role("tooltip")).to_have_count(0)
    term.press("Enter")
    expect(page).to_have_url(re.compile("glossary.html#term-"))


def test_predictions_and_solutions_are_folded(page: Page, address: str) -> None:
    page.goto(f"{address}/notebooks/03_cap.html")
    answer = page.locator("details.prediction").first
    assert not answer.locator("li").first.is_visible()
    answer.locator("summary").click()
    expect(answer.locator("li").first).to_be_visible()
    assert page.locator("details.solution").count() >= 4


def test_every_picture_of_a_chapter_has_alternative_text(folder: Path) -> None:
    chapters = sorted((folder / "notebooks").glob("[0-9]*.html"))
    assert len(chapters) >= 16
    for path in chapters:
        alts = re.findall(r'<img\b[^>]*? alt="([^"]*)"', path.read_text("utf-8"))
        assert len(alts) == path.read_text("utf-8").count("<img ")
        assert all(alts), path.name
        stored = len(
            re.findall('"image/png": {', (NOTEBOOKS / f"{path.stem}.ipynb").read_text("utf-8"))
        )
        assert len(alts) >= stored > 0


def test_links_within_the_site_lead_somewhere(folder: Path) -> None:
    pages = {path: path.read_text("utf-8") for path in pages_of(folder)}
    for path, text in pages.items():
        for link in re.findall(r'href="([^"]+)"', text):
            target, _, fragment = link.partition("#")
            if re.match(r"[a-z]+:|//", link) or "?" in target:
                continue
            file = (path.parent / target).resolve() if target else path
            assert file.exists(), (path.name, link)
            if fragment and file.suffix == ".html":
                assert f'id="{fragment}"' in pages[file], (path.name, link)
