"""The course as nbgrader assignments: one a chapter, made from the notebooks as they are.

The cells of the exercises carry nbgrader's metadata already. What is left out of a release is the step that empties
solution cells: the stubs are the exercise, and a cell that raises would stop Run All.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from dscourse.course.chapters import Chapter, notebooks_folder, written

__all__ = ["CONFIG", "lay_out"]

CONFIG = '''"""nbgrader for dscourse. What the teacher changes here is kept when the course is laid out again."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "dscourse"
c.GenerateAssignment.preprocessors = [
    f"nbgrader.preprocessors.{step}"
    for step in ("IncludeHeaderFooter", "LockCells", "CheckCellMetadata", "ComputeChecksums", "SaveCells")
]  # without ClearSolutions, which would put a cell that raises in place of each stub, and without ClearOutput
c.Execute.timeout = 180  # seconds a cell
'''


def lay_out(folder: Path, chapters: Sequence[Chapter] | None = None) -> list[Path]:
    """Write ``source/<chapter>/<chapter>.ipynb`` for each chapter, and nbgrader's configuration if there is none.

    Returns the files written; sources that are there are brought up to date. FileNotFoundError where the notebooks
    are not beside the package, NotADirectoryError if ``folder`` is a file.
    """
    notebooks = notebooks_folder()
    if notebooks is None:
        raise FileNotFoundError(
            "the notebooks are not beside the package: install dscourse from a clone of its repository"
        )
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file: name a folder")
    done = []
    for chapter in written(notebooks) if chapters is None else chapters:
        source = notebooks / chapter.file
        target = folder / "source" / source.stem / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        done.append(Path(shutil.copyfile(source, target)))
    config = folder / "nbgrader_config.py"
    if not config.exists():
        config.write_text(CONFIG, encoding="utf-8")
        done.append(config)
    return done
