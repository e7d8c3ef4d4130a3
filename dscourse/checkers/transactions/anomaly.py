"""The anomalies of isolation: their names and meanings.

Names are those of Adya ("Weak consistency", MIT 1999) where he has one, else of Berenson et al. ("A critique of ANSI
SQL isolation levels", SIGMOD 1995), Bailis et al. ("Highly available transactions", VLDB 2014), Cerone, Bernardi and
Gotsman (CONCUR 2015) and Kingsbury and Alvaro ("Elle", VLDB 2020). Two differences between the sources matter:

- Adya's G2-item is any cycle with at least one read-write dependency, and so contains G-single. Elle gives a cycle
  its narrowest name, and so does `dscourse`: a cycle is called *G2-item* only if two of them are adjacent.
- Adya's lost update is one example history. Elle's, which is meant here, is two transactions that read the same
  version of a key and both write it: whichever wrote first was not seen by the other. Where the order of their
  writes is known, it is a G-single or a G2-item too. Elle reports both; here it is one anomaly, and that name its
  second.

Elle's other names: *G-single-item* and *G-nonadjacent-item* for what has no predicate, as everything here;
*-process* for "-session"; *incompatible-order*; *duplicate-elements*; *dirty-update* for a G1a of which the
aborted element is followed by a committed one; *cyclic-versions* for "unordered writes", where the reads of one
register contradict each other. Elle accepts any first value of a register. Here it begins with nothing, and any
other value that nobody wrote is a garbage read.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MEANINGS", "Anomaly"]

MEANINGS: dict[str, str] = {
    "garbage read": "a transaction read a value that nobody wrote",
    "duplicates": "an append took effect twice",
    "G0": "dirty write: each transaction overwrote the other's write",
    "G1a": "aborted read: a transaction read the write of one that aborted",
    "G1b": "intermediate read: a transaction read a write that its writer overwrote",
    "G1c": "circular information flow: what was read and overwritten runs in a cycle",
    "future read": "a transaction read a value before it wrote it (Elle; counts as G1c)",
    "incompatible orders": "two reads of a list share no order of appends (Elle; one was a dirty read)",
    "OTV": "observed transaction vanishes: a transaction saw one write of another, and then not the others",
    "internal": "a transaction did not read what it had itself just read or written (Cerone et al.: INT)",
    "lost update": "two transactions read one version of a key, and both overwrote it (P4)",
    "G-single": "read skew: a cycle with one read-write dependency (Adya: the anomaly of PL-2+)",
    "G-nonadjacent": "a cycle in which no two read-write dependencies are adjacent (Elle)",
    "G2-item": "a cycle with adjacent read-write dependencies, as in write skew",
    "unordered writes": "no order of the writes to a key explains all reads",
}


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One example of an anomaly: its name, what happened in a sentence, and the ids of the operations involved.

    ``also`` is a second name, such as "write skew"; ``path``, of a cycle, are the ids around it in order, each
    with the kind of the dependency that leads from it to the next, and the reason in words. A cycle that needs the
    order of a client's transactions or real time has a name that ends with "-session" or "-realtime".
    """

    name: str
    reason: str
    refuting: tuple[int, ...]
    also: str = ""
    path: tuple[tuple[int, str, str], ...] = ()

    @property
    def title(self) -> str:
        return f"{self.name} ({self.also})" if self.also else self.name

    def __str__(self) -> str:
        return f"{self.title}: {self.reason}"
