"""The check of the course's English: planted hits are found, good sentences are not, and the course has none."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dscourse.course import english
from dscourse.course.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
TABLE = tomllib.loads(Path(english.__file__).with_name("english.toml").read_text("utf-8"))
PHRASES = [entry["bad"] for entry in TABLE["phrase"]]
WORDS = [word for entry in TABLE["name"] for word in entry["words"]]
MORE = [
    (entry, bad) for entry in TABLE["phrase"] + TABLE["summary"] for bad in entry.get("also", [])
]
# Names of several words, and words in capitals, that the patterns of the table forbid or allow.
BAD_NAMES = [
    "who_leads", "whose_turn", "what_it_holds", "nodes_who", "tell_everybody", "somebody_leads", "is_told", "told_by",
    "drawn_from", "Took", "HELD", "Circle", "log_place", "place_of", "places_at", "place_in_log", "has_circle",
    "circle_of_waits", "whichever", "elsewhere", "became", "said", "things",
]  # fmt: skip
GOOD_NAMES = [
    "told_twice", "node_of", "owner", "which_model", "place_keys", "placement", "circled", "cycle", "hold",
    "test_a_key_has_a_place", "test_it_tells_nobody", "leader", "somebodys", "wholesale", "takes", "retold",
]  # fmt: skip
DEFINITIONS = (
    "{0} = 1", "def {0}() -> None: ...", "def f({0}: int) -> None: ...", "class {0}: ...", "x.{0} = 1",
    "_{0} = 1", "for {0} in (): ...", "import os as {0}", "f = lambda {0}: 0", "y = [{0} for {0} in ()]",
    "with f() as {0}: ...", "match 1:\n    case {0}: ...", "try: ...\nexcept E as {0}: ...", "def f(*{0}): ...",
)  # fmt: skip


def reasons(path: str, text: str) -> list[str]:
    return [hit.reason for hit in english.hits(path, text)]


@pytest.mark.parametrize("entry", TABLE["phrase"], ids=lambda entry: str(entry["bad"]))
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("x.py", '"""A module.\n\n{0}\n"""'),
        ("x.py", "x = 1  # {0}"),
        ("x.py", 'raise ValueError("{0}")'),
        ("x.py", 'f"{{x}} {0}"'),
        ("x.md", "Some prose.\n\n{0}"),
        ("x.toml", 'why = "{0}"'),
    ],
)
def test_a_bad_phrase_is_found_in_every_kind_of_text(
    path: str, form: str, entry: dict[str, Any]
) -> None:
    assert reasons(path, form.format(entry["bad"])) == [entry["reason"]]
    assert reasons(path, form.format(entry["good"])) == []


@pytest.mark.parametrize("entry", TABLE["summary"], ids=lambda entry: str(entry["bad"]))
@pytest.mark.parametrize(
    "form", ['"""{0}"""', 'class A:\n    """{0}"""', 'def f():\n    r"""{0}"""']
)
def test_a_summary_that_is_a_clause_is_found(form: str, entry: dict[str, Any]) -> None:
    assert reasons("x.py", form.format(entry["bad"])) == [entry["reason"]]
    assert reasons("x.py", form.format(entry["good"])) == []
    assert reasons("x.py", f'x = "{entry["bad"]}"  # {entry["bad"]}') == []


@pytest.mark.parametrize(
    ("entry", "bad"), MORE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_other_sentences_of_the_kind_are_found(entry: dict[str, Any], bad: str) -> None:
    assert entry["reason"] in reasons("x.py", f'"""{bad}"""')


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_is_found_in_any_case_and_among_other_words(name: str) -> None:
    assert len(reasons("x.py", f"{name} = 1")) == 1


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_name_that_only_resembles_a_bad_one_is_none(name: str) -> None:
    assert reasons("x.py", f"{name} = 1") == []


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_a_bad_name_is_found_wherever_it_is_defined(definition: str) -> None:
    for entry in TABLE["name"]:
        for word in entry["words"]:
            assert set(reasons("x.py", definition.format(word))) == {entry["reason"]}
        assert entry["bad"] in entry["words"]
        assert reasons("x.py", definition.format(entry["good"])) == []


@pytest.mark.parametrize("word", WORDS)
def test_a_name_of_somebody_elses_may_be_used(word: str) -> None:
    assert reasons("x.py", f"x = y.{word} + f({word}=1)") == []


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_is_found_across_lines_and_is_given_the_line_where_it_begins(phrase: str) -> None:
    for path, text in (
        ("x.md", "First.\n\n{}\n"),
        ("x.py", '"""First.\n\n{}\n"""\n'),
    ):
        (hit,) = english.hits(path, text.format(phrase))
        assert hit.line == 3
        (broken,) = english.hits(path, text.format("\n    ".join(phrase.split())))
        assert (broken.words, broken.reason) == (hit.words, hit.reason)


def test_a_hit_is_printed_with_its_line_its_words_and_the_reason() -> None:
    (hit,) = english.hits("a/x.md", "\nTwo keys a message.")
    assert str(hit) == 'a/x.md:2: \'keys a message\': a rate or a ratio takes "per", or "for each"'


def test_a_text_of_a_toml_file_may_begin_with_the_word() -> None:
    (hit,) = english.hits("x.toml", 'why = "Who lacks the entry refuses."')
    assert hit.words == "Who"
    assert english.hits("x.toml", 'question = "Who leads?"') == []


def test_code_in_markdown_is_no_prose() -> None:
    assert english.hits("x.md", "`keys a message`\n\n```\nkeys a message\n```\n") == []
    (hit,) = english.hits("x.md", "```\ncode\n```\n\nkeys a message\n")
    assert hit.line == 5


def test_comments_on_adjacent_lines_are_one_text() -> None:
    (hit,) = english.hits("x.py", "x = 1\n# It costs two keys\n# a message.\n")
    assert hit.line == 2
    assert english.hits("x.py", "# A client\n# who asks is answered.\n") == []
    (hit,) = english.hits("x.py", "x = 1  # the leader.\n# Who lacks it asks.\n")
    assert (hit.line, hit.words) == (2, "Who")


def test_an_f_string_is_one_text_with_its_values_left_out() -> None:
    (hit,) = english.hits("x.py", 'x = f"{n} pings a node"')
    assert hit.words == "pings a node"
    assert english.hits("x.py", 'x = f"client {name} who asks"') == []


def test_the_code_in_a_toml_file_is_read_for_names() -> None:
    text = "title = 'a task'\nstub = '''\ndef ask(told):\n    held = 1\n'''\npieces = '''\nno code at all\n'''\n"
    assert [(hit.line, hit.words) for hit in english.hits("x.toml", text)] == [
        (3, "told"),
        (4, "held"),
    ]


def test_the_lines_of_ipython_in_a_notebook_are_no_code() -> None:
    for source in (
        ["%matplotlib inline\n", "told = 1"],
        ["!ls\n", "told = 1"],
        ["if x:\n", "    %time y\n", "told = 1"],
    ):
        cells = [{"cell_type": "code", "source": source}]
        assert [hit.words for hit in english.hits("x.ipynb", json.dumps({"cells": cells}))] == [
            "told"
        ]
    cells = [{"cell_type": "code", "source": ["%%bash\n", "told = 1 ("]}]
    assert english.hits("x.ipynb", json.dumps({"cells": cells})) == []


def test_of_a_notebook_the_prose_the_comments_the_texts_and_the_names_are_read() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# A title\n", "Two keys a message.\n"]},
        {"cell_type": "code", "source": ["x = 1\n", "y = 2  # nodes a key"], "outputs": ["keys a node"]},
        {"cell_type": "code", "source": ["told = 1\n", "print('entries a log, keys a node')"]},
    ]  # fmt: skip
    text = json.dumps({"cells": cells}, indent=1)
    lines = text.splitlines()
    found = english.hits("x.ipynb", text)
    assert [hit.words for hit in found] == ["keys a message", "nodes a key", "told", "keys a node"]
    assert all(hit.words in lines[hit.line - 1] for hit in found)


def test_an_exception_holds_for_its_words_in_its_file_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(english, "_exceptions", lambda: (("x.md", "keys a message"),))
    text = "Two keys a message, two keys a node."
    assert [hit.words for hit in english.hits("x.md", text)] == ["keys a node"]
    assert [hit.words for hit in english.hits("y.md", text)] == ["keys a message", "keys a node"]


def test_an_exception_that_is_needed_no_more_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exceptions = (("x.md", "keys a message"), ("y.md", "keys a node"))
    monkeypatch.setattr(english, "_exceptions", lambda: exceptions)
    (tmp_path / "x.md").write_text("Two keys\na message.", "utf-8")
    (complaint,) = english.unused_exceptions(tmp_path)
    assert complaint.startswith("y.md: 'keys a node'")


def test_every_exception_says_why() -> None:
    assert all(entry["reason"] for entry in TABLE.get("exception", []))


def test_only_checked_files_are_read(tmp_path: Path) -> None:
    for name in ("README.md", "notes.txt", "dscourse/a/b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("# two keys a message\n", "utf-8")
    assert [hit.path for hit in english.hits_in_tree(tmp_path)] == ["README.md", "dscourse/a/b.py"]
    assert [hit.path for hit in english.hits_in_tree(tmp_path, ("*.txt",))] == ["notes.txt"]


def test_the_command_reports_a_hit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = english.Hit("x.md", 3, "keys a message", "it takes per")
    monkeypatch.setattr("dscourse.course.__main__.hits_in_tree", lambda root: [planted])
    assert main(["check"]) == 1
    assert str(planted) in capsys.readouterr().err
