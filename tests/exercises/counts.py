"""The number of planted answers for each exercise: ``python -m tests.exercises.counts`` writes the table again."""

from __future__ import annotations

from dscourse.exercises import all_exercises
from tests.notebooks import answers

__all__ = ["TABLE", "table"]

TABLE = answers.PLANTED / "README.md"


def table() -> str:
    """The table of every exercise, with the answers that `check` must accept (its own solution too) and reject."""
    rows = [
        (
            item.id,
            item.title,
            len({item.solution, *answers.right(item)}),
            len(set(answers.wrong(item))),
        )
        for item in all_exercises().values()
    ]
    right, wrong = (sum(row[index] for row in rows) for index in (2, 3))
    lines = [
        "# Planted answers",
        "",
        "Every answer here is given to `check` by the tests: right ones must pass, and wrong ones must be rejected",
        "with the message that is meant for them. The solution that the course shows counts among the right ones.",
        "",
        "| exercise | title | right | wrong |",
        "|---|---|---|---|",
        *(f"| {name} | {title} | {ok} | {bad} |" for name, title, ok, bad in rows),
        f"| {len(rows)} exercises | | {right} | {wrong} |",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
