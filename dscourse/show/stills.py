"""The static picture of a widget, which a reader sees when the widget itself cannot be drawn any more.

A notebook that was saved and is opened again without a kernel holds widgets without a model. JupyterLab then shows an
error, even if the same output holds a picture. So the picture is an output of its own, next to the widget's, and a
style rule hides whichever of the two is not needed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from dscourse.show.nulls import keep_none

__all__ = ["Still"]

_WIDGET = "application/vnd.jupyter.widget-view+json"
_CHILD = ".jp-OutputArea-child"
_ALIVE = f"{_CHILD}:has(.jp-OutputArea-output > .lm-Widget):not({_CHILD}:has(.jupyter-widgets-error-widget))"
_STILL = f"+ {_CHILD} .dscourse-still"
_RULES = f"{_ALIVE} {_STILL}, {_CHILD}:has({_STILL}):not({_ALIVE}) {{ display: none; }}"

keep_none()


class Still:
    """A base of widgets that have a static form, `still`; it stands before the widget's own class among the bases.

    In JupyterLab and Notebook 7 the two become two outputs, of which one is seen; elsewhere they are one.
    """

    def still(self) -> dict[str, str]:
        """Return the static form as ``text/html`` and ``text/plain``."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        live = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        return dict(live[0] if isinstance(live, tuple) else live or {}) | self.still()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        show: Callable[..., object] = display
        data: dict[str, Any] = self._repr_mimebundle_()
        live = {kind: data.pop(kind) for kind in (_WIDGET,) if kind in data}
        if not live or _shows_one_of_them():
            show(live | data, metadata=_of_colab() if live else None, raw=True)
            return
        show(live, raw=True)
        still = f'<style>{_RULES}</style><div class="dscourse-still">{data["text/html"]}</div>'
        show(data | {"text/html": still}, raw=True)


def _shows_one_of_them() -> bool:
    """Return True where the style rule would find nothing: in VS Code and Colab."""
    return "VSCODE_PID" in os.environ or "google.colab" in sys.modules


def _of_colab() -> dict[str, Any]:
    """Return the metadata of a widget in Colab: the address of the code that draws widgets of other packages.

    Empty elsewhere, and before ``enable_custom_widget_manager`` of ``google.colab.output`` has been called.
    """
    output = sys.modules.get("google.colab.output")
    url = getattr(getattr(output, "_widgets", None), "_installed_url", None)
    return {_WIDGET: {"colab": {"custom_widget_manager": {"url": url}}}} if url else {}
