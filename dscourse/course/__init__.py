"""The course as data: its chapters, its glossary, and the files generated from them.

``python -m dscourse.course`` writes and checks the generated parts, and keeps the notebooks in their committed form.
"""
