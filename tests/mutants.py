"""A mutation run: change one line of the package at random, run the tests that reach it, and report the survivors.

    python -m tests.mutants --count 300 --jobs 2 dscourse/protocols dscourse/checkers dscourse/explore dscourse/sim

First the quick tests run once as they are, to see which of them runs which line (coverage by test). Then each mutant
is tried by the tests that run its line, the shortest first, until one fails; one that they let pass is tried by the
slow tests of its folder, or of the files that import it. A mutant is also killed if tests take more than four times
as long as before, and a minute. Each worker has a copy of the tree of its own. One seed draws the same mutants on
every machine, as long as the sources are the same. What runs in a process that a test starts is not seen.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from xml.etree import ElementTree

from coverage import CoverageData

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("dscourse", "tests", "data", "notebooks", "pyproject.toml", "README.md", "Makefile")
LEFT_OUT = ("browser", "classroom", "course", "exercises", "notebooks", "panels")
TESTS = ("tests", *(f"--ignore=tests/{name}" for name in LEFT_OUT))
SLOW = "seeds or schedule or mutant or random or storms or twice"
SWAPS: dict[type[ast.AST], str] = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
    ast.And: "or", ast.Or: "and", ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.FloorDiv: "*",
    ast.Mod: "*", ast.BitOr: "&", ast.BitAnd: "|",
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A piece of a file, from byte ``start`` to ``end``, and the text that replaces it."""

    path: str
    line: int
    start: int
    end: int
    text: str

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + self.text.encode() + source[self.end :]


class _Finder(ast.NodeVisitor):
    """A visitor that collects every mutant of one file, except in annotations, docstrings and error messages."""

    def __init__(self, path: str, source: bytes) -> None:
        self.path, self.source, self.found = path, source, list[Mutant]()
        lines = source.splitlines(keepends=True)
        self.starts = [sum(map(len, lines[:n])) for n in range(len(lines) + 1)]

    def _add(self, node: ast.expr | ast.stmt, text: str) -> None:
        start = self.starts[node.lineno - 1] + node.col_offset
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        self.found.append(Mutant(self.path, node.lineno, start, end, text))

    def _text(self, node: ast.AST) -> str:
        return ast.get_source_segment(self.source.decode(), node) or ast.unparse(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        other = SWAPS.get(type(node.ops[0]))
        if len(node.ops) == 1 and other:
            self._add(node, f"({self._text(node.left)} {other} {self._text(node.comparators[0])})")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        word = f" {SWAPS[type(node.op)]} "
        self._add(node, f"({word.join(f'({self._text(one)})' for one in node.values)})")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._add(node, f"bool({self._text(node.operand)})")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in SWAPS:
            sides = self._text(node.left), self._text(node.right)
            self._add(node, f"({sides[0]} {SWAPS[type(node.op)]} {sides[1]})")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._add(node, str(not node.value))
        elif isinstance(node.value, int | float):
            self._add(node, str(node.value + 1))

    def visit_If(self, node: ast.If) -> None:
        self._add(node.test, f"(not ({self._text(node.test)}))")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in NAMES:
            self._add(node.func, NAMES[node.func.id])
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self._add(node, "pass")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
            self._add(node, "pass")
        if not any(isinstance(to, ast.Name) and to.id == "__all__" for to in node.targets):
            self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._add(node, "pass")
        self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and not isinstance(node.value, ast.Constant):
            self._add(node, "return None")
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Skip the words of an error: they are not behaviour."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name == "__repr__":
            return
        for statement in (*node.args.defaults, *node.body):
            self.visit(statement)


def mutants(path: Path) -> list[Mutant]:
    """Return every mutant of a file that still compiles."""
    source = path.read_bytes()
    finder = _Finder(str(path.relative_to(ROOT)), source)
    finder.visit(ast.parse(source))
    return [one for one in finder.found if _compiles(one.apply(source))]


def _compiles(source: bytes) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Reach:
    """The tests that run each line of the package (path and line -> names of tests), and their durations."""

    lines: Mapping[tuple[str, int], frozenset[str]]
    seconds: Mapping[str, float]

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Return the tests that run the mutant's line, quick ones first; those of its file if there are none."""
        found = self.lines.get((mutant.path, mutant.line))
        if not found:
            found = frozenset().union(
                *(t for (path, _), t in self.lines.items() if path == mutant.path)
            )
        return sorted(found, key=lambda test: (self.seconds.get(test, 0.0), test))


def measure(tests: Sequence[str], seeds: int, jobs: int, folder: Path) -> Reach:
    """Run the quick tests once, unchanged. A test that fails is left out, such as one that traces lines itself."""
    data, times = folder / "coverage", folder / "times.xml"
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", str(jobs), "--cov=dscourse",
        "--cov-context=test", "--cov-report=", f"--junitxml={times}", "-k", f"not ({SLOW})", *tests,
    ]  # fmt: skip
    more = {"DSCOURSE_SEEDS": str(seeds), "COVERAGE_FILE": str(data)}
    subprocess.run(command, cwd=ROOT, env=os.environ | more, check=False)
    return reach(data, times)


def reach(data: Path, times: Path) -> Reach:
    """Return the record of a run with coverage by test."""
    seconds = {
        f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}": float(
            case.get("time", 0)
        )
        for case in ElementTree.parse(times).iter("testcase")
        if case.find("failure") is None and case.find("error") is None
    }
    measured = CoverageData(str(data))
    measured.read()
    lines: dict[tuple[str, int], frozenset[str]] = {}
    for file in measured.measured_files():
        path = str(Path(file).relative_to(ROOT))
        for line, contexts in measured.contexts_by_lineno(file).items():
            tests = {name.partition("|")[0] for name in contexts}
            lines[path, line] = frozenset(tests & seconds.keys())
    return Reach(lines, seconds)


def slow_tests_of(path: str) -> list[str]:
    """Return where a source's slow tests are: for a protocol the test files that name it, else its test folder."""
    file = Path(path)
    folder = ROOT / "tests" / file.parts[1]
    if file.parts[1] != "protocols":
        return [str(folder.relative_to(ROOT))]
    name = re.compile(rf"\b{file.stem}\b")
    tests = sorted(
        folder.glob("test_*.py"), key=lambda test: (test.stem != f"test_{file.stem}", test)
    )
    return [str(test.relative_to(ROOT)) for test in tests if name.search(test.read_text("utf-8"))]


def killed(mutant: Mutant, tree: Path, known: Reach, seeds: int) -> bool:
    """Return whether a test fails with the mutant in ``tree``, or takes far longer than without it."""
    target = tree / mutant.path
    source = target.read_bytes()
    target.write_bytes(mutant.apply(source))
    quick = known.tests_of(mutant)
    chosen = tree / "chosen.txt"
    chosen.write_text("\n".join(quick), "utf-8")
    usual_s = sum(known.seconds.get(test, 0.0) for test in quick)
    try:
        return (bool(quick) and _fails(tree, [f"@{chosen}"], seeds, 60 + 4 * usual_s)) or _fails(
            tree, [*slow_tests_of(mutant.path), "-k", SLOW], seeds, 900
        )
    finally:
        target.write_bytes(source)


def _fails(tree: Path, chosen: Sequence[str], seeds: int, timeout_s: float) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *chosen]
    more = {
        "DSCOURSE_SEEDS": str(seeds), "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    try:
        ended = subprocess.run(
            command, cwd=tree, env=os.environ | more, capture_output=True, timeout=timeout_s
        )
    except subprocess.TimeoutExpired:
        return True
    return ended.returncode not in (0, 5)  # 5: no test was selected


def trees(jobs: int, folder: Path) -> Iterator[Path]:
    """Yield copies of the files that the tests need, one per worker."""
    for number in range(jobs):
        tree = folder / str(number)
        tree.mkdir()
        for name in COPIED:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "artifacts")
                shutil.copytree(ROOT / name, tree / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, tree / name)
        yield tree


def run(chosen: Sequence[Mutant], known: Reach, jobs: int, seeds: int) -> list[Mutant]:
    """Try each mutant; print its fate, and return the survivors."""
    survivors: list[Mutant] = []
    with tempfile.TemporaryDirectory() as folder:
        free: Queue[Path] = Queue()
        for tree in trees(jobs, Path(folder)):
            free.put(tree)

        def attempt(mutant: Mutant) -> None:
            tree = free.get()
            try:
                dead = killed(mutant, tree, known, seeds)
            finally:
                free.put(tree)
            state = "killed" if dead else "SURVIVED"
            print(f"{state}  {mutant.path}:{mutant.line}  {mutant.text}", flush=True)
            if not dead:
                survivors.append(mutant)

        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(attempt, chosen))
    return survivors


def sources(names: Sequence[str]) -> list[Path]:
    """Return the Python files of these names: files, and all files in folders."""
    return [
        file
        for path in (ROOT / name for name in names)
        for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", help="files and folders to mutate")
    parser.add_argument("--count", type=int, default=100, help="how many mutants to draw")
    parser.add_argument("--seed", type=int, default=1, help="which mutants to draw")
    parser.add_argument("--jobs", type=int, default=1, help="how many to try at once")
    parser.add_argument("--seeds", type=int, default=60, help="fault plans per seeded test")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="the tests that have to notice")
    parser.add_argument("--measured", type=Path, help="a folder: what was measured is kept there")
    asked = parser.parse_args()
    folder = asked.measured or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "times.xml").exists():
        known = reach(folder / "coverage", folder / "times.xml")
    else:
        known = measure(asked.tests, asked.seeds, asked.jobs, folder)
    every = [mutant for file in sources(asked.folders) for mutant in mutants(file)]
    chosen = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    survivors = run(chosen, known, asked.jobs, asked.seeds)
    print(
        f"{len(chosen) - len(survivors)} of {len(chosen)} mutants killed, of {len(every)} possible"
    )


if __name__ == "__main__":
    main()
