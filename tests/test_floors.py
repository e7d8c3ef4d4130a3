"""The floors of the package: the imports allowed to each part, and the weight of the package itself."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import networkx as nx
import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "dscourse"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

GROUND = {"node", "clocks", "history", "core"}
PURE = {"breaker", "conflicts", "detectors", "interop", "placement", "replication"}
DRIVERS = {"sim", "explore", "checkers", "run"}
WITH_PICTURES = GROUND | PURE | DRIVERS | {"protocols", "sweep", "show"}
# What each part may import from the rest of the package, floor by floor; every part may import itself.
ALLOWED = {
    **dict.fromkeys(GROUND, GROUND),
    **dict.fromkeys(PURE, GROUND | PURE),
    **dict.fromkeys(DRIVERS, GROUND),
    # Real processes have the simulator's faults, networks and traces, and hand a run back to it; nodes of other
    # languages are judged where they are run.
    "run": GROUND | {"sim", "checkers"},
    "protocols": GROUND | PURE,
    "sweep": GROUND | DRIVERS,
    "reproduction": GROUND | DRIVERS | {"sweep"},
    "datasets": set(),
    "show": GROUND | PURE | DRIVERS | {"sweep"},
    "touch": WITH_PICTURES,
    "experiments": GROUND | PURE | DRIVERS | {"protocols", "sweep", "datasets"},
    "panels": WITH_PICTURES | {"datasets", "experiments", "touch"},
    "exercises": WITH_PICTURES | {"datasets", "experiments"},
    "course": WITH_PICTURES | {"exercises", "experiments", "panels"},
    "__main__": {"course"},
}
HEAVY = {"matplotlib", "networkx", "ipywidgets", "anywidget", "IPython"}
MAY_DRAW = {"show", "touch", "panels", "exercises"}
NUMBERS = {"numpy", "scipy", "xxhash"}
WORKERS = {"joblib", "tqdm"}
OF_PROCESSES = {
    "cloudpickle": ("run", "sweep"), "dask": (), "distributed": ("sweep",), "msgspec": ("run",)
}  # fmt: skip


def part(path: str) -> str:
    """The part of the package that a file belongs to."""
    return path.split("/")[0].removesuffix(".py")


def imported(code: str) -> set[str]:
    """The modules that a source imports anywhere, relative imports excluded."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError("a relative import hides which floor it reaches")
            module = node.module or ""
            found |= (
                {f"{module}.{alias.name}" for alias in node.names}
                if module == "dscourse"
                else {module}
            )
    return found


def complaints(path: str, code: str) -> list[str]:
    """The imports of this file that its floor does not allow."""
    own = part(path)
    if own not in ALLOWED:
        return (
            [] if own == "__init__" and not imported(code) else [f"{own} has no floor: add it here"]
        )
    wrong = []
    for name in sorted(imported(code)):
        top, *rest = name.split(".")
        if top == "dscourse" and rest and rest[0] not in ALLOWED[own] | {own}:
            wrong.append(f"{own} must not import {name}")
        if top in HEAVY and own not in MAY_DRAW:
            wrong.append(f"only {', '.join(sorted(MAY_DRAW))} import {top}, not {own}")
        if top in OF_PROCESSES and own not in OF_PROCESSES[top]:
            wrong.append(f"only {' and '.join(OF_PROCESSES[top])} import {top}, not {own}")
        allowed = {"tqdm"} if own == "run" else set()
        if top in (NUMBERS | WORKERS) - allowed and own in GROUND | DRIVERS | {"protocols"}:
            wrong.append(f"{own} needs the standard library alone, not {top}")
    return wrong


@pytest.mark.parametrize("path", MODULES)
def test_it_imports_only_what_its_floor_allows(path: str) -> None:
    assert complaints(path, (PACKAGE / path).read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("protocols/x.py", "from dscourse import sim"),
        ("protocols/x.py", "from dscourse.sim.world import World"),
        ("sim/x.py", "import dscourse.show"),
        ("sim/x.py", "def f():\n    from dscourse.protocols import x"),
        ("node.py", "from dscourse.sim import World"),
        ("sim/x.py", "import matplotlib.pyplot"),
        ("course/x.py", "import networkx as nx"),
        ("clocks.py", "import numpy as np"),
        ("sim/x.py", "import tqdm"),
        ("sim/x.py", "from dscourse.run import Cluster"),
        ("run/x.py", "import joblib"),
        ("sweep/x.py", "import msgspec"),
        ("show/x.py", "import distributed"),
        ("sweep/x.py", "from dask import delayed"),
        ("unheard_of.py", "x = 1"),
        ("__init__.py", "import dscourse.node"),
    ],
)
def test_a_planted_import_is_found(path: str, code: str) -> None:
    assert len(complaints(path, code)) == 1


def named(path: str) -> str:
    """The module in a file of the package: ``dscourse.sim`` for ``sim/__init__.py``."""
    return ".".join(["dscourse", *path.removesuffix(".py").split("/")]).removesuffix(".__init__")


def reached(code: str, modules: Mapping[str, object]) -> set[str]:
    """Those of ``modules`` that a source imports anywhere: in functions, and for types alone, as well."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in modules else str(node.module))
    return found & set(modules)


def cycle(sources: Mapping[str, str]) -> list[str]:
    """The modules of one import cycle, in order, or nothing if there is none; ``sources`` by module."""
    graph = nx.DiGraph(
        (name, to) for name, code in sources.items() for to in reached(code, sources)
    )
    try:
        return [source for source, _ in nx.find_cycle(graph)]
    except nx.NetworkXNoCycle:
        return []


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert cycle({named(path): (PACKAGE / path).read_text("utf-8") for path in MODULES}) == []


@pytest.mark.parametrize(
    "code",
    [
        "import dscourse.b",
        "from dscourse import b",
        "from dscourse.b import B",
        "def f():\n    from dscourse.b import B",
        "class A:\n    def f(self):\n        import dscourse.b as b",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dscourse.b import B",
        "try:\n    from dscourse.b import B\nexcept ImportError:\n    B = None",
    ],
)
def test_a_planted_cycle_is_found(code: str) -> None:
    longer = {"dscourse.b": "from dscourse.c import C", "dscourse.c": "from dscourse.a import A"}
    assert sorted(cycle({"dscourse.a": code, **longer})) == [
        "dscourse.a",
        "dscourse.b",
        "dscourse.c",
    ]
    assert cycle({"dscourse.a": code, **longer, "dscourse.c": ""}) == []


def test_a_module_that_imports_its_folder_makes_a_cycle_if_the_folder_imports_it() -> None:
    folder = {
        "dscourse.x": "from dscourse.x.a import A",
        "dscourse.x.a": "from dscourse.x import B",
    }
    assert sorted(cycle(folder)) == ["dscourse.x", "dscourse.x.a"]


LIGHT = "dscourse", "dscourse.node", "dscourse.sim", "dscourse.history", "dscourse.clocks"


@pytest.mark.parametrize("name", LIGHT)
def test_the_core_loads_nothing_but_the_standard_library(name: str) -> None:
    script = (
        f"import sys; before = set(sys.modules); import {name}; "
        "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["dscourse"]


DRAWERS = {"matplotlib", "networkx", "numpy", "scipy"}
DIAGRAM = """
from dscourse.node import Node, cluster
from dscourse.show import spacetime
from dscourse.sim import World
assert spacetime(World(cluster(Node, 2)).run().trace).svg
"""
ONE_EXERCISE = """
from dscourse.exercises import check, predict, reveal, solution
predict("01.1"), reveal("01.1"), solution("01.3")
assert check("01.3", 9) or check("01.3", 7)
"""
PANELS = [named(path) for path in MODULES if path.startswith("panels/")]


def loaded(script: str, folder: Path) -> set[str]:
    """The modules that a fresh interpreter has after this script."""
    code = f"{script}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DSCOURSE_PROGRESS": str(folder)},
    )
    return set(run.stdout.split())


@pytest.mark.parametrize("script", ["import dscourse.show, dscourse.exercises", DIAGRAM])
def test_libraries_are_loaded_when_the_first_picture_needs_them(
    script: str, tmp_path: Path
) -> None:
    assert not DRAWERS & loaded(script, tmp_path)


# What takes long to import, and is imported when a cell first needs it.
SLOW = (
    HEAVY
    | DRAWERS
    | {"pandas", "scipy.stats", "networkx", "joblib", "tqdm", "distributed", "cloudpickle"}
)
WORLDS = {"dscourse.sim", "dscourse.checkers", "dscourse.explore", "dscourse.sweep", "dscourse.run"}


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("dscourse.show", set()),
        ("dscourse.exercises", set()),
        ("dscourse.experiments", set()),
        ("dscourse.panels", {"ipywidgets", "anywidget", "IPython"}),
    ],
)
def test_an_import_loads_no_slow_module_that_it_can_do_without(
    name: str, allowed: set[str], tmp_path: Path
) -> None:
    assert (SLOW | WORLDS) & loaded(f"import {name}", tmp_path) == allowed


def test_only_chapter_17_needs_the_packages_of_processes(tmp_path: Path) -> None:
    """The browser's edition of the others does not have them."""
    cells = []
    for notebook in sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9]*.ipynb")):
        code = [
            cell
            for cell in json.loads(notebook.read_text())["cells"]
            if cell["cell_type"] == "code"
        ]
        if not notebook.name.startswith("17"):
            cells.append("".join(code[0]["source"]))
    assert len(cells) > 15
    assert not set(OF_PROCESSES) & loaded("\n".join(cells), tmp_path)
    assert loaded("import dscourse.run.recording", tmp_path) >= {"msgspec"}


def test_no_panel_loads_what_draws_before_it_draws(tmp_path: Path) -> None:
    found = loaded(f"import {', '.join(PANELS)}", tmp_path)
    assert not {"matplotlib", "networkx", "scipy"} & found


def test_curves_and_maps_load_what_they_need(tmp_path: Path) -> None:
    curve = "from dscourse.show import bars\nbars({'a': 1}, ylabel='y', sentence='One bar.')"
    assert DRAWERS & loaded(curve, tmp_path) == {"matplotlib", "numpy"}
    map_ = "from dscourse.show import cluster_map\ncluster_map(['a', 'b'])"
    assert "networkx" in loaded(map_, tmp_path)


def test_an_exercise_loads_its_own_judge_alone(tmp_path: Path) -> None:
    found = loaded(ONE_EXERCISE, tmp_path)
    judges = {name for name in found if re.match(r"dscourse\.exercises\.\d\d_\w+\.", name)}
    assert judges == {"dscourse.exercises.01_partial_failure.01_3_attempts_needed"}
    assert not DRAWERS & found


def test_predictions_and_solutions_load_no_judge_and_no_experiment(tmp_path: Path) -> None:
    script = "from dscourse.exercises import all_predictions, progress, solution\n"
    found = loaded(f"{script}all_predictions(), progress(), solution('12.4')", tmp_path)
    assert not [
        name for name in found if re.match(r"dscourse\.(exercises\.\d\d|experiments)", name)
    ]
    assert not DRAWERS & found
