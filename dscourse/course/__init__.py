"""The book as data: its chapters, its glossary, and what is generated from them.

``python -m dscourse.course`` writes and checks the generated parts and keeps the notebooks in their form.
"""
