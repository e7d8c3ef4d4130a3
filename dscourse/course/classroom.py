"""The course as nbgrader assignments, one per chapter, made from the notebooks as they are.

The cells of the exercises already carry nbgrader's metadata. A release omits the step that empties solution cells:
the stubs are the exercise, and a cell that raises would stop Run All.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dscourse.course.chapters import Chapter, notebooks_folder, written
from dscourse.course.copies import Copied, Delivery

__all__ = ["CONFIG", "lay_out"]

CONFIG = '''"""nbgrader for dscourse. What the teacher changes here is kept when the course is laid out again."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "dscourse"
c.GenerateAssignment.preprocessors = [
    f"nbgrader.preprocessors.{step}"
    for step in (
        "IncludeHeaderFooter", "LockCells", "ClearOutput", "CheckCellMetadata", "ComputeChecksums", "SaveCells",
    )
]  # without ClearSolutions, which would put a cell that raises in place of each stub
c.Execute.timeout = 180  # seconds per cell
'''


class _Sources(Delivery):
    """A delivery that puts newer notebooks outside ``source/``, where nbgrader would add them to the assignment."""

    def beside(self, name: str) -> Iterator[str]:
        return super().beside(f"newer/{Path(name).name}")


def lay_out(folder: Path, chapters: Sequence[Chapter] | None = None) -> list[Copied]:
    """Write ``source/<chapter>/<chapter>.ipynb`` for each chapter, and nbgrader's configuration if there is none.

    Returns the fate of each file. A source that the teacher has changed is kept, and a newer one goes to ``newer/``;
    the others are updated. FileNotFoundError if the course's notebooks are missing, NotADirectoryError if
    ``folder`` is a file.
    """
    notebooks = notebooks_folder()
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file: name a folder")
    sources = [
        notebooks / one.file for one in (written(notebooks) if chapters is None else chapters)
    ]
    with _Sources(folder) as delivery:
        done = [delivery.bring(one, f"source/{one.stem}/{one.name}") for one in sources]
    config = folder / "nbgrader_config.py"
    if not config.exists():
        config.write_text(CONFIG, encoding="utf-8")
        done.append(Copied(config.name, "new"))
    return done
