"""The edition of the course for the browser: JupyterLite, with Pyodide as its kernel and nothing installed.

`wheels` collects the Python packages, `distribution` the Python that imports them, `contents` the notebooks, and
`build` makes a JupyterLite site of them. ``python -m website.lite`` does all of it.
"""
