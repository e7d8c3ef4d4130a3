"""Sphinx's configuration of the website. ``python -m website`` calls Sphinx with it."""

from website.build import repository_url

project = "dscourse"
author = "the authors of dscourse"
copyright = "the authors of dscourse. Code: MIT. Text and pictures: CC BY 4.0"  # noqa: A001
language = "en"

extensions = ["myst_nb", "website.terms"]
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline", "attrs_block"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "sphinx_book_theme"
html_title = "dscourse"
html_favicon = "favicon.svg"
html_static_path = ["static"]  # set by `website.build`
html_css_files = ["diagram.css", "site.css"]
html_js_files = [
    ("terms.js", {"defer": "defer"})
]  # no module: a browser runs none for a page opened as a file
html_sidebars: dict[str, list[str]] = {"index": []}  # the front page has the map instead
html_copy_source = True  # the download button leads to it
html_show_sourcelink = False
html_use_index = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "use_download_button": True,
    "use_fullscreen_button": False,
    "show_navbar_depth": 1,
    "navbar_start": [],
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
}
if repository_url():
    html_theme_options |= {
        "repository_url": repository_url(),
        "repository_branch": "main",
        "use_repository_button": True,
    }
