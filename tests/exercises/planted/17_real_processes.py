"""Planted answers to the exercises of chapter 17: source, and for wrong ones a part of the message meant for it."""

# ruff: noqa: E501

from textwrap import indent

# --- 17.4 ----------------------------------------------------------------------------------------

_PACK = """
length = len(record).to_bytes(4, "little")
return length + crc32(length + record).to_bytes(4, "little") + record
"""
_RECOVER = """
records, start = [], 0
while start + 8 <= len(content):
    length = content[start:start + 4]
    end = start + 8 + int.from_bytes(length, "little")
    record = content[start + 8:end]
    checksum = int.from_bytes(content[start + 4:start + 8], "little")
    if end > len(content) or crc32(length + record) != checksum:
        break
    records.append(record)
    start = end
return records
"""


def _log(pack: str = _PACK, recover: str = _RECOVER) -> str:
    """The source of a log with these bodies of its methods."""
    bodies = (indent(body.strip("\n"), "        ") for body in (pack, recover))
    return "class Log:\n    def pack(self, record):\n{}\n\n    def recover(self, content):\n{}\n".format(
        *bodies
    )


def _but(source: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


# A record as hexadecimal digits on a line of its own, with its checksum.
_HEX = _log(
    """return b"%08x %s\\n" % (crc32(record.hex().encode()), record.hex().encode())""",
    """
records = []
for line in content.split(b"\\n")[:-1]:
    checksum, space, text = line.partition(b" ")
    try:
        record = bytes.fromhex(text.decode())
        if space != b" " or b"%08x" % crc32(text) != checksum:
            break
    except ValueError:
        break
    records.append(record)
return records
""",
)
# With struct, a magic number, and the hash of the record's position.
_STRUCT = """
import struct
from hashlib import blake2b


class Log:
    head = struct.Struct(">HI16s")

    def digest(self, record):
        return blake2b(len(record).to_bytes(8, "big") + record, digest_size=16).digest()

    def pack(self, record):
        return self.head.pack(0xD5C0, len(record), self.digest(record)) + record

    def whole(self, content):
        start = 0
        while len(content) - start >= self.head.size:
            magic, length, digest = self.head.unpack_from(content, start)
            start += self.head.size + length
            record = content[start - length : start]
            if magic != 0xD5C0 or len(record) < length or self.digest(record) != digest:
                return
            yield record

    def recover(self, content):
        return list(self.whole(content))
"""
_VIEW = _log(
    recover="""
rest, records = memoryview(content), []
while len(rest) >= 8:
    size = int.from_bytes(rest[:4], "little")
    record = bytes(rest[8:8 + size])
    if len(record) != size or crc32(bytes(rest[:4]) + record) != int.from_bytes(rest[4:8], "little"):
        return records
    records += [record]
    rest = rest[8 + size:]
return records
"""
)

_FILE = "from io import BytesIO\n\n\n" + _log(
    recover="""
file, records = BytesIO(content), []
while len(head := file.read(8)) == 8:
    length = int.from_bytes(head[:4], "little")
    record = file.read(length)
    if len(record) < length or crc32(head[:4] + record) != int.from_bytes(head[4:], "little"):
        break
    records.append(record)
return records
"""
)
_NETSTRING = _log(
    """
length = b"%d" % len(record)
return b"%b:%08x:" % (length, crc32(length + record)) + record
""",
    """
records = []
while content:
    length, _, rest = content.partition(b":")
    checksum, _, rest = rest.partition(b":")
    try:
        record = rest[:int(length)]
    except ValueError:
        break
    if b"%d" % len(record) != length or b"%08x" % crc32(length + record) != checksum:
        break
    records.append(record)
    content = rest[len(record):]
return records
""",
)

# --- 17.5 ----------------------------------------------------------------------------------------

_LEASE = """
class Lease:
    def __init__(self, lasts_ms):
        self.lasts_ms, self.asked_ms, self.until_ms = lasts_ms, {}, 0

    def asked(self, round, now_ms):
        self.asked_ms.setdefault(round, now_ms)

    def confirmed(self, round, now_ms):
        if round in self.asked_ms:
            self.until_ms = max(self.until_ms, self.asked_ms.pop(round) + self.lasts_ms)
        return self.until_ms

    def due(self, round, now_ms):
        pass

    def holds(self, now_ms):
        return now_ms < self.until_ms
"""


def _lease(*changes: tuple[str, str]) -> str:
    return _but(_LEASE, *changes)


_crash = "plan = [sim.At({}, sim.{}), sim.At({}, sim.{})]".format

RIGHT = {
    "17.6": (
        _crash(999, 'Crash("n3")', 2_499, 'Restart("n3")'),
        _crash(950.5, 'CrashDuring("n3", 0)', 2000, "Recover()"),
        'plan = (sim.At(0.5, sim.Crash("n3")), sim.At(2400, sim.Recover("n3")))',
        'plan = [sim.At(900, sim.Crash(node)) for node in ["n3"]]\nplan.append(sim.At(1100, sim.Restart("n3")))',
    ),
    "17.4": (
        _HEX,
        _STRUCT,
        _VIEW,
        _FILE,
        # a last byte that is not looked at
        _log(
            _PACK.replace("+ record\n", "+ record + b'.'\n"),
            _but(_RECOVER, ("start = end", "start = end + 1")),
        ),
        # two copies of everything: what is damaged once can be mended
        _log(
            """
length = len(record).to_bytes(4, "little")
return 2 * (length + crc32(length + record).to_bytes(4, "little")) + 2 * record
""",
            """
records, start = [], 0
while True:
    found = None
    for head in content[start : start + 8], content[start + 8 : start + 16]:
        size = int.from_bytes(head[:4], "little")
        for at in start + 16, start + 16 + size:
            record = content[at : at + size]
            if len(head) == 8 and len(record) == size and crc32(head[:4] + record).to_bytes(4, "little") == head[4:]:
                found = record
    if found is None:
        return records
    records.append(found)
    start += 16 + 2 * len(found)
""",
        ),
    ),
    "17.5": (
        # keeps all rounds that were confirmed
        _lease(
            ("{}, 0", "{}, []"),
            (
                "            self.until_ms = max(self.until_ms, self.asked_ms.pop(round) + self.lasts_ms)\n        return self.until_ms",
                "            self.until_ms.append(self.asked_ms[round] + self.lasts_ms)\n        return self.until_ms[-1]",
            ),
            ("return now_ms < self.until_ms", "return any(now_ms < one for one in self.until_ms)"),
        ),
        # the timer may end what is over
        _lease(("        pass", "        self.until_ms *= self.until_ms > now_ms")),
        # a set of deadlines, cleaned as time goes on
        """
class Lease:
    def __init__(self, lasts_ms):
        self.lasts_ms, self.rounds, self.ends = lasts_ms, {}, set()

    def asked(self, round, now_ms):
        self.rounds[round] = now_ms + self.lasts_ms

    def confirmed(self, round, now_ms):
        self.ends.add(self.rounds[round])
        return max(self.ends)

    def due(self, round, now_ms):
        self.ends = {end for end in self.ends if end > now_ms} or {max(self.ends)}

    def holds(self, now_ms):
        return bool(self.ends) and max(self.ends) > now_ms
""",
    ),
}

WRONG = {
    "17.6": (
        # a stopped process finds what came meanwhile
        (
            _crash(500, 'Pause("n3")', 1_500, 'Resume("n3")'),
            "the write waited while n3 was stopped",
        ),
        ('plan = [sim.At(500, sim.Pause("n3"))]', "c3 gets no answer"),
        # not there for the read
        ('plan = [sim.At(500, sim.Crash("n3"))]', "c3 gets no answer"),
        (_crash(500, 'Crash("n3")', 2_600, 'Restart("n3")'), "c3 gets no answer"),
        # too early, too late
        (_crash(200, 'Crash("n3")', 900, 'Restart("n3")'), "n3 has had the second write"),
        (_crash(1_500, 'Crash("n3")', 2_000, 'Restart("n3")'), "n3 has had the second write"),
        # another replica
        (_crash(500, 'Crash("n2")', 1_500, 'Restart("n2")'), "n3 has had the second write"),
        (
            _crash(500, 'Crash("n1")', 1_500, 'Restart("n1")'),
            "second write is not acknowledged before",
        ),
        (
            _crash(500, 'Pause("n1")', 2_900, 'Resume("n1")'),
            "second write is not acknowledged before",
        ),
        (_crash(500, 'Crash("n2")', 600, 'Crash("n3")'), "second write is not acknowledged before"),
        (_crash(990, 'Pause("n1")', 2_400, 'Resume("n1")'), "n3 has had the second write"),
        # a disk that forgets
        (_crash(1_500, 'Crash("n3", lose=1)', 2_000, 'Restart("n3")'), "leave out `lose`"),
        # not a process's fault
        (_crash(500, 'Cut("n1", "n3")', 1_500, "Heal()"), "the faults for this exercise are Crash"),
        ('plan = [sim.At(500, sim.Crash("c3"))]', "names 'c3'"),
        ("plan = sim.Crash('n3')", "must be a list"),
        (
            'plan = [sim.At(500, sim.Crash("n3")), sim.At(600, sim.Restart("n3")), sim.At(700, sim.Crash("n3"))]',
            "3 faults: at most two",
        ),
    ),
    "17.4": (
        # no end, or an end that a record may hold
        (_log("return record", "return [content]"), "`recover` returns 1"),
        (_log('return record + b"\\n"', 'return content.split(b"\\n")[:-1]'), "`recover` returns"),
        (
            _log('return record + b"<end>"', 'return content.split(b"<end>")[:-1]'),
            "`recover` returns",
        ),
        (_log("return bytes([len(record) % 256]) + record"), "`recover` returns"),
        # a torn end passes for a record
        (
            _log(
                recover=_but(
                    _RECOVER,
                    ("end > len(content) or ", ""),
                    ("crc32(length + record) != checksum", "False"),
                )
            ),
            "The file ends after",
        ),
        # a torn end is an error
        (
            _log(recover=_but(_RECOVER, ("        break", "        raise ValueError('torn')"))),
            "torn",
        ),
        # no checksum
        (
            _log(recover=_but(_RECOVER, (" or crc32(length + record) != checksum", ""))),
            "zeros follow the last record",
        ),
        # a checksum of the record alone, or of the length alone
        (
            _log(
                _but(_PACK, ("crc32(length + record)", "crc32(record)")),
                _but(_RECOVER, ("crc32(length + record)", "crc32(record)")),
            ),
            "8 zeros follow the last record",
        ),
        (
            _log(
                _but(_PACK, ("crc32(length + record)", "crc32(length)")),
                _but(_RECOVER, ("crc32(length + record)", "crc32(length)")),
            ),
            "of record",
        ),
        # goes on after the damage
        (
            _log(
                recover=_but(
                    _RECOVER, ("        break\n", "        start += 1\n        continue\n")
                )
            ),
            "`recover` returns",
        ),
        (
            _log(
                recover=_but(
                    _RECOVER, ("        break\n", "        start = end\n        continue\n")
                )
            ),
            "`recover` returns",
        ),
        # stops at an empty record
        (
            _log(
                recover=_but(
                    _RECOVER,
                    ("        break\n", "        break\n    if not record:\n        break\n"),
                )
            ),
            "`recover` returns",
        ),
        # two bytes for the length
        (
            _log(
                _but(_PACK, ("len(record).to_bytes(4", "len(record).to_bytes(2")),
                _but(_RECOVER, ("+ 8", "+ 6"), ("start + 4", "start + 2")),
            ),
            "int too big",
        ),
        # text for a header
        (_log("return record.decode().encode()"), "`recover` returns"),
        (_log("return str(record)"), "`pack` must return bytes"),
        (
            _log(recover=_but(_RECOVER, ("return records", "return b''.join(records)"))),
            "must return a list of bytes",
        ),
        # a sum of the bytes, whatever their order
        (
            _log(
                _but(_PACK, ("crc32(length + record)", "(sum(length + record) + 1)")),
                _but(_RECOVER, ("crc32(length + record)", "(sum(length + record) + 1)")),
            ),
            "have changed places",
        ),
        # the rest is copied for each record
        (
            _log(
                recover="""
records = []
while len(content) >= 8:
    length = content[:4]
    end = 8 + int.from_bytes(length, "little")
    record = content[8:end]
    if end > len(content) or crc32(length + record) != int.from_bytes(content[4:8], "little"):
        break
    records.append(record)
    content = content[end:]
return records
"""
            ),
            "such files, by slices",
        ),
        # a checksum of one byte, of another process, and zeros that are left out
        (
            _log(
                _but(_PACK, ("crc32(length + record)", "(crc32(length + record) & 255)")),
                _but(_RECOVER, ("crc32(length + record)", "(crc32(length + record) & 255)")),
            ),
            "has changed",
        ),
        (
            _log(
                _but(_PACK, ("crc32(length + record)", "(hash(length + record) & 0xFFFFFFFF)")),
                _but(_RECOVER, ("crc32(length + record)", "(hash(length + record) & 0xFFFFFFFF)")),
            ),
            "differs from process to process",
        ),
        (
            _log(
                recover=_but(
                    _RECOVER,
                    (
                        "while start + 8",
                        "while content[start:start + 8] == bytes(8):\n    start += 8\nwhile start + 8",
                    ),
                )
            ),
            "has become zeros",
        ),
        # 100 bytes more than the record
        (_log("return record * 2 + bytes(100)"), "64 more are allowed"),
        # a memory beside the file
        (
            "class Log:\n    kept = []\n\n"
            + _log(
                _but(_PACK, ("length =", "self.kept.append(record)\nlength =")),
                "return list(self.kept)",
            ).split("\n", 1)[1],
            "`kept` belongs to the class",
        ),
        (
            "KEPT = []\n"
            + _log(
                "KEPT.append(record)\nnumber = b'%08d' % len(KEPT)\nreturn number + b'%08x' % crc32(number)",
                """
records = []
for start in range(0, len(content) - 15, 16):
    number, checksum = content[start : start + 8], content[start + 8 : start + 16]
    if b"%08x" % crc32(number) != checksum:
        break
    records.append(KEPT[int(number) - 1])
return records
""",
            ),
            "A new process reads the file, and `recover` raises IndexError",
        ),
        # a record that came before
        (
            _log(
                recover=_but(
                    _RECOVER,
                    ("records.append(record)", "records += [record] * (record not in records)"),
                )
            ),
            "Nothing has gone wrong",
        ),
        # no more than a part of a long record is looked at
        (
            _log(
                _but(_PACK, ("(length + record)", "(length + record[:1000])")),
                _but(_RECOVER, ("(length + record)", "(length + record[:1000])")),
            ),
            "in the middle of a long record",
        ),
        # the rest is copied by a method
        (_NETSTRING, "such files, by slices"),
        # the rest is searched again for each record
        (
            _log(
                recover="records = []\n"
                + _but(
                    "\n".join(_RECOVER.strip().splitlines()[1:]),
                    ("start", "0"),
                    (
                        "    0 = end",
                        "    content = b''.join([content[n:n + 1] for n in range(end, len(content))])",
                    ),
                )
            ),
            "did not end",
        ),
    ),
    "17.5": (
        # the timer alone
        (
            _lease(
                ("now_ms < self.until_ms", "self.until_ms > 0"),
                ("        pass", "        self.until_ms = 0"),
            ),
            "still holds: it ended",
        ),
        # from the answer on
        (
            _lease(("self.asked_ms.pop(round) + self.lasts_ms", "now_ms + self.lasts_ms")),
            "still holds: it ended",
        ),
        # the last confirmation counts, not the latest end
        (
            _lease(
                (
                    "max(self.until_ms, self.asked_ms.pop(round) + self.lasts_ms)",
                    "self.asked_ms.pop(round) + self.lasts_ms",
                )
            ),
            "the lease is over",
        ),
        # a timer of an older round ends a newer lease
        (_lease(("        pass", "        self.until_ms = 0")), "the lease is over"),
        # holds as long as a timer is to come
        (
            _lease(("now_ms < self.until_ms", "bool(self.asked_ms) or now_ms < self.until_ms")),
            "still holds",
        ),
        # a lease from the start
        (
            _lease(("self.until_ms = lasts_ms, {}, 0", "self.until_ms = lasts_ms, {}, lasts_ms")),
            "no round was confirmed",
        ),
        (
            _lease(
                (
                    "self.asked_ms.setdefault(round, now_ms)",
                    "self.until_ms = now_ms + self.lasts_ms",
                )
            ),
            "still holds: no round was confirmed",
        ),
        # at its end it is over
        (_lease(("now_ms < self.until_ms", "now_ms <= self.until_ms")), "still holds"),
        # the rounds are numbers from 0
        (
            _lease(("if round in self.asked_ms:", "if round and round in self.asked_ms:")),
            "the lease is over",
        ),
        # one round at a time
        (
            _lease(("self.asked_ms.setdefault(round, now_ms)", "self.asked_ms = {round: now_ms}")),
            "the lease is over",
        ),
        # the last four rounds
        (
            _lease(
                (
                    "self.asked_ms.setdefault(round, now_ms)",
                    "self.asked_ms[round] = now_ms\n        self.asked_ms.pop(round - 4, None)",
                )
            ),
            "the lease is over",
        ),
        # whole ms
        (_lease(("+ self.lasts_ms)", "+ int(self.lasts_ms))")), "the lease is over"),
        (
            _lease(("        return self.until_ms\n", "        return float('nan')\n")),
            "must return a time in ms",
        ),
        # never
        (_lease(("return now_ms < self.until_ms", "return False")), "the lease is over"),
        (_lease(("return now_ms < self.until_ms", "return None")), "must return True or False"),
        (_lease(("        return self.until_ms\n", "")), "must return a time in ms"),
        # shared by two leaders
        (
            _lease(
                ("class Lease:\n", "class Lease:\n    asked_ms = {}\n\n"),
                (
                    "self.lasts_ms, self.asked_ms, self.until_ms = lasts_ms, {}, 0",
                    "self.lasts_ms, self.until_ms = lasts_ms, 0",
                ),
            ),
            "`asked_ms` belongs to the class",
        ),
        (
            _lease(
                ("def __init__(self, lasts_ms):", "def __init__(self, lasts_ms, asked_ms={}):"),
                ("lasts_ms, {}, 0", "lasts_ms, asked_ms, 0"),
                ("self.asked_ms.setdefault(round, now_ms)", "self.asked_ms[round] = now_ms"),
                ("self.asked_ms.pop(round)", "self.asked_ms[round]"),
            ),
            "while another lease is in use",
        ),
    ),
}

# checksums that are too weak: of 16 bits, in two bytes or in four, and one that knows few short records apart
_SHORT = (("crc32(length + record)", "(crc32(length + record) >> 16)"),)
_TWO_BYTES = (("crc32(length + record).to_bytes(4,", "(crc32(length + record) >> 16).to_bytes(2,"),)
WRONG["17.4"] += (
    (_log(_but(_PACK, *_SHORT), _but(_RECOVER, *_SHORT)), "16 bits are too few"),
    (
        _log(
            _but(_PACK, *_TWO_BYTES),
            _but(_RECOVER, *_SHORT, ("start + 8", "start + 6")),
        ),
        "16 bits are too few",
    ),
    (
        "from zlib import adler32\n\n\n" + _but(_log(), ("crc32(", "adler32(")),
        "of `crc32` are enough",
    ),
)
RIGHT["17.4"] += (
    # 32 bits of another checksum, and two copies with none
    "from hashlib import md5\n\n\n"
    + _but(_log(), ("crc32(length + record)", "int.from_bytes(md5(length + record).digest()[:4])")),
    _log(
        """
body = b"[" + len(record).to_bytes(4, "little") + record + b"]"
return body + body
""",
        """
records, start = [], 0
while content[start : start + 1] == b"[":
    size = int.from_bytes(content[start + 1 : start + 5], "little") + 6
    one, other = content[start : start + size], content[start + size : start + 2 * size]
    if one != other or one[-1:] != b"]":
        break
    records.append(one[5:-1])
    start += 2 * size
return records
""",
    ),
)
