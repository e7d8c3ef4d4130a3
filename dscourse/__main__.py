"""``python -m dscourse`` is the command ``dscourse``, also where that command is not on the ``PATH``."""

import sys

from dscourse.course.command import main

if __name__ == "__main__":
    sys.exit(main())
