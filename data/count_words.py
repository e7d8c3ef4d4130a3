"""Counts the words of the course's first ten chapters: ``python data/count_words.py``.

Makes ``data/words/course.csv``: each word of the explanations in notebooks 00 to 09, in lower case, and how often it
comes; the most frequent first. Code, web addresses and HTML tags are left out. Made again from later versions of the
chapters, the counts differ a little.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
LEFT_OUT = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|<[^>]*>|https?://\S+", re.DOTALL)
WORD = re.compile(r"[a-z]+(?:['’-][a-z]+)*")


def words_of(notebook: Path) -> list[str]:
    """The words of its explanations, in order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return WORD.findall(LEFT_OUT.sub(" ", "\n".join(texts)).lower())


def main() -> None:
    counts: Counter[str] = Counter()
    for notebook in sorted((HERE.parent / "notebooks").glob("0?_*.ipynb")):
        counts.update(words_of(notebook))
    rows = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    (HERE / "words").mkdir(exist_ok=True)
    with (HERE / "words" / "course.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("word", "times"))
        writer.writerows(rows)
    print(f"{len(rows):,} words, which come {counts.total():,} times in all")


if __name__ == "__main__":
    main()
