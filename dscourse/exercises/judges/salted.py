"""Names whose hash is another one, as in another process."""

from __future__ import annotations

__all__ = ["Salted"]


class Salted(str):
    """A name with another hash, as texts have in another process."""

    __slots__ = ("salt",)
    salt: int

    def __new__(cls, text: str, salt: int) -> Salted:
        self = super().__new__(cls, text)
        self.salt = salt
        return self

    def __hash__(self) -> int:
        return hash((str(self), self.salt))

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) is True
