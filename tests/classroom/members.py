"""A member of the class in a browser: signed in to a real JupyterHub, with a server of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlencode

from playwright.sync_api import Browser, Page

from tests.browser.lab import wait_until_open
from tests.browser.server import write_settings
from tests.classroom.real_hub import GUIDE, Hub
from tests.classroom.served_course import BRANCH

__all__ = ["linked_name", "open_copy", "pull_link", "shell", "sign_in", "signed_in", "write_cell"]

_SECONDS = 180
_RUN = """async code => {
    const kernel = await window.jupyterapp.serviceManager.kernels.startNew({name: 'python3'});
    try {
        const future = kernel.requestExecute({code});
        let text = '';
        future.onIOPub = ({content}) => { text += content.text ?? content.traceback?.join('\\n') ?? ''; };
        await future.done;
        return text;
    } finally {
        await kernel.shutdown();
    }
}"""
_WRITE = """async ([identity, text]) => {
    const panel = window.jupyterapp.shell.currentWidget;
    const cell = [...panel.content.model.cells].find(cell => cell.id === identity);
    cell.sharedModel.setSource(text);
    await panel.context.save();
}"""


@contextmanager
def signed_in(browser: Browser, hub: Hub, user: str) -> Iterator[Page]:
    """A page in which the user has signed in; it shows chapter 00 of the user's copy, as the server opens it."""
    write_settings(hub.home(user) / ".jupyter" / "lab" / "user-settings", "JupyterLab Light")
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(_SECONDS * 1000)
    try:
        sign_in(page, hub, user, hub.password_of(user))
        page.wait_for_url("**/lab/tree/**")
        wait_until_open(page)
        yield page
    finally:
        context.close()


def sign_in(page: Page, hub: Hub, user: str, password: str) -> None:
    """Fill in and send the form by which a user signs in."""
    page.goto(f"{hub.address}/hub/login?next=%2Fhub%2Fspawn")
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def open_copy(page: Page, hub: Hub, user: str, notebook: str) -> None:
    """Show a notebook of the user's home alone, without side bars."""
    page.goto(f"{hub.address}/user/{user}/doc/tree/{notebook}?reset")
    wait_until_open(page)


def write_cell(page: Page, cell: str, text: str) -> None:
    """Write the text into the cell with this id, and save the notebook."""
    page.evaluate(_WRITE, [cell, text])


def shell(page: Page, command: str) -> str:
    """The output of a command that the user runs on the server, in the user's home. AssertionError if it fails."""
    code = (
        "import subprocess\n"
        f"done = subprocess.run({command!r}, shell=True, text=True, stdout=-1, stderr=subprocess.STDOUT)\n"
        "print(done.stdout, done.returncode, sep='\\n')"
    )
    output, _, status = str(page.evaluate(_RUN, code)).rstrip().rpartition("\n")
    assert status == "0", f"{command}: {status}\n{output[-4000:]}"
    return output


def linked_name() -> str:
    """The name of the repository in the guide's link, which is also the folder that the link opens."""
    return _link()[1]["repo"].rpartition("/")[2]


def pull_link(hub: Hub) -> str:
    """The link for nbgitpuller that the guide gives, to this hub and its course, which has the `linked_name`."""
    path, given = _link()
    assert given["branch"] == "TERM"
    return (
        f"{hub.address}{path}?{urlencode(given | {'repo': hub.course.as_uri(), 'branch': BRANCH})}"
    )


def _link() -> tuple[str, dict[str, str]]:
    """The path of the link in the guide, and its arguments."""
    (link,) = re.findall(r"^ {4}https://HUB(/\S+)$", GUIDE.read_text("utf-8"), re.MULTILINE)
    path, _, query = link.partition("?")
    return path, {name: value for name, (value,) in parse_qs(query).items()}
