"""The website of the course: the executed notebooks as pages, built offline from packages alone.

`pages` turns notebooks into pages, `terms` links the words of the glossary, `live` makes the diagram of the front
page, and ``conf.py`` is Sphinx's configuration. ``python -m website`` builds all of it.
"""
