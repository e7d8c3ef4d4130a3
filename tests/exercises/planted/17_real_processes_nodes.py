"""Planted nodes for exercises 17.7 to 17.13: programs, and for wrong ones a part of the message meant for it.

The first line names what runs a program: an interpreter, ``cc``, or ``class`` for a class of the course as a node;
Python without one.
"""

# ruff: noqa: E501

from __future__ import annotations

from functools import cache
from pathlib import Path

from dscourse.exercises import catalogue

NODES = Path(__file__).parents[2] / "run" / "external" / "nodes"


@cache
def _solution(number: int) -> str:
    return catalogue.task(catalogue.exercises()[f"17.{number}"]).solution


def _but(source: str | int, *changes: tuple[str, str]) -> str:
    text = _solution(source) if isinstance(source, int) else source
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def _js(body: str, work: str = "", state: str = "") -> str:
    """A node in JavaScript: ``kinds`` has a function for each type of request, ``work`` is done every 100 ms."""
    return f"""#!node
const fs = require("fs");
let me = "", names = [];
{state}
const send = (dest, body) => process.stdout.write(JSON.stringify({{ src: me, dest, body }}) + "\\n");
const ok = (m, more) => send(m.src, {{ type: m.body.type + "_ok", in_reply_to: m.body.msg_id, ...more }});
const kinds = {{
  init: (m) => {{ me = m.body.node_id; names = m.body.node_ids; started(); ok(m); }},
{body}
}};
function started() {{ {work and "setInterval(work, 100);"} }}
{work and f"function work() {{ {work} }}"}
require("readline").createInterface({{ input: process.stdin }}).on("line", (line) => {{
  const m = JSON.parse(line);
  (kinds[m.body.type] || (() => 0))(m);
}}).on("close", () => process.exit(0));
"""


# The head of a node in Perl, which calls take(message) for each line, and work() every 100 ms.
_PERL = """#!perl
use strict; use warnings;
use JSON::PP; use IO::Select; use IO::Handle; use Time::HiRes qw(time);
my ($me, @names) = ("");
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
$| = 1;
sub say_to { my ($to, $body) = @_; print $json->encode({src => $me, dest => $to, body => $body}), "\\n"; }
sub ok { my ($m, %more) = @_; say_to($m->{src}, {type => $m->{body}{type} . "_ok", in_reply_to => $m->{body}{msg_id}, %more}); }
BODY
my ($rest, $due, $select) = ("", time, IO::Select->new(\\*STDIN));
while (1) {
  if ($select->can_read($due > time ? $due - time : 0)) {
    sysread(STDIN, $rest, 65536, length $rest) or exit 0;
    while ($rest =~ s/^([^\\n]*)\\n//) {
      my $m = $json->decode($1);
      if ($m->{body}{type} eq "init") { $me = $m->{body}{node_id}; @names = @{$m->{body}{node_ids}}; begin(); ok($m); }
      else { take($m, $m->{body}, $m->{body}{type}); }
    }
  }
  if (time >= $due) { $due = time + 0.1; work() if $me; }
}
"""


def _perl(take: str, begin: str = "", work: str = "", state: str = "") -> str:
    subs = f"{state}\nsub begin {{ {begin} }}\nsub work {{ {work} }}\nsub take {{ my ($m, $b, $type) = @_; {take} }}"
    return _PERL.replace("BODY", subs)


_C = """#!cc
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char line[1 << 20], me[100], source[100];

/* The text of a field whose value is a string. */
static void text(const char *field, char *to) {
  const char *at = strstr(line, field) + strlen(field);
  size_t size = strcspn(at, "\\"");
  memcpy(to, at, size);
  to[size] = 0;
}

/* The end of the value that begins here. */
static char *end(char *at) {
  int depth = 0, quoted = 0;
  for (;; at++) {
    if (quoted) { if (*at == '\\\\') at++; else if (*at == '"') { quoted = 0; if (!depth) return at + 1; } continue; }
    if (*at == '"') quoted = 1;
    else if (*at == '[' || *at == '{') depth++;
    else if (*at == ']' || *at == '}') { if (!depth) return at; if (!--depth) return at + 1; }
    else if (*at == ',' && !depth) return at;
  }
}

int main(void) {
  unsigned count = 0;
  char start[17] = "";
  FILE *random = fopen("/dev/urandom", "rb");
  for (int i = 0; i < 8; i++) sprintf(start + 2 * i, "%02x", SEED);
  while (fgets(line, sizeof line, stdin)) {
    char *last = line;
    for (char *at = line; (at = strstr(at, "\\"msg_id\\":")); at++) last = at + 9;
    long number = atol(last);
    text("\\"src\\":\\"", source);
    if (strstr(line, "\\"body\\":{\\"type\\":\\"init\\",")) text("\\"node_id\\":\\"", me);
    printf("{\\"src\\":\\"%s\\",\\"dest\\":\\"%s\\",\\"body\\":{\\"in_reply_to\\":%ld,", me, source, number);
    char *echo = strstr(line, "\\"echo\\":");
    if (strstr(line, "\\"body\\":{\\"type\\":\\"echo\\"") && (echo = strstr(line, ",\\"echo\\":"))) {
      echo += 8; *end(echo) = 0;
      printf("\\"type\\":\\"echo_ok\\",\\"echo\\":%s}}\\n", echo);
    } else if (strstr(line, "\\"type\\":\\"generate\\"")) printf("\\"type\\":\\"generate_ok\\",\\"id\\":\\"%s/%u\\"}}\\n", start, ++count);
    else printf("\\"type\\":\\"init_ok\\"}}\\n");
    fflush(stdout);
  }
}
"""

# --- 17.7 and 17.8 -------------------------------------------------------------------------------

_ECHO_JS = _js("  echo: (m) => ok(m, { echo: m.body.echo }),")
_ECHO_CLASS = """#!class Echo
from dscourse.node import Client


class Echo(Client):
    def on_invoke(self, op):
        self.complete(op.id, op.value)
"""
_IDS_JS = _js('  generate: (m) => ok(m, { id: require("crypto").randomUUID() }),')
_IDS_FILE = _perl(
    'open my $f, ">>", "count.txt"; print $f "."; close $f; $count++; ok($m, id => "$me/$count");',
    'if (open my $f, "<", "count.txt") { $count = length(<$f> // ""); }',
    state="my $count = 0;",
)
_IDS_CLASS = """#!class Ids
from dataclasses import dataclass

from dscourse.node import Client


@dataclass(frozen=True, slots=True)
class Began:
    life: int


class Ids(Client):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.count = self.life = 0

    def on_start(self, log):
        self.life = len(log)
        self.write(Began(self.life))

    def on_invoke(self, op):
        self.count += 1
        self.complete(op.id, (self.id, self.life, self.count))
"""
_ID = "id=[me, start, count]"
_FORWARDED_IDS = _but(
    8,
    ("    else:\n", '''    elif body["type"] == "generated":
        send(body["client"], type="generate_ok", in_reply_to=body["number"], id=body["id"])
    elif me != first:
        send(first, type="ask", client=source, number=body["msg_id"])
    elif body["type"] == "ask":
        count += 1
        send(source, type="generated", client=body["client"], number=body["number"], id=[start, count])
    else:
'''),
    ('me = body["node_id"]', 'me, first = body["node_id"], body["node_ids"][0]'),
)  # fmt: skip

# --- 17.9 and 17.10 ------------------------------------------------------------------------------

_FLOOD = _but(
    9,
    ("        missing = values - known[other]\n", "        missing = set()\n"),
    ("    if new:\n", "    for other in neighbours if new else []:\n        send(other, type='spread', values=sorted(new))\n    if new:\n"),
    ('        if kind == "spread":\n', '        if kind == "never":\n'),
)  # fmt: skip
_STATE_JS = """const known = new Map(), values = new Set(); let neighbours = [];
const learn = (some) => {
  const fresh = some.filter((one) => !values.has(one));
  if (fresh.length && KEEP) fs.appendFileSync("values.txt", fresh.join("\\n") + "\\n");
  fresh.forEach((one) => values.add(one));
};
const has = (name, some) => { if (!known.has(name)) known.set(name, new Set()); some.forEach((one) => known.get(name).add(one)); };
"""
_BROADCAST_JS = _js(
    """  topology: (m) => { neighbours = m.body.topology[me]; ok(m); },
  broadcast: (m) => { learn([m.body.message]); ok(m); },
  read: (m) => ok(m, { messages: [...values] }),
  tell: (m) => { learn(m.body.some); has(m.src, m.body.some); send(m.src, { type: "told", some: m.body.some }); },
  told: (m) => has(m.src, m.body.some),""",
    """for (const name of neighbours) { has(name, []);
      const some = [...values].filter((one) => !known.get(name).has(one));
      if (some.length) send(name, { type: "tell", some }); }""",
    _STATE_JS,
).replace(
    "function started() {",
    'function started() { if (fs.existsSync("values.txt")) fs.readFileSync("values.txt", "utf8").split("\\n").filter(Boolean).forEach((one) => values.add(Number(one)));',
)
_KEPT_JS = _BROADCAST_JS.replace("KEEP", "true")
_GOSSIP_PERL = _perl(
    """if ($type eq "state") { learn(@{$b->{values}}); return; }
  if ($type eq "read") { ok($m, messages => [map { $_ + 0 } keys %values]); return; }
  learn($b->{message}) if $type eq "broadcast";
  ok($m);""",
    'if (open my $f, "<", "values.txt") { while (<$f>) { chomp; $values{$_} = 1; } }',
    'for my $other (grep { $_ ne $me } @names) { say_to($other, {type => "state", values => [map { $_ + 0 } keys %values]}); }',
    """my %values;
sub learn { my @new = grep { !$values{$_} } @_; return unless @new; open my $f, ">>", "values.txt"; print $f "$_\\n" for @new; close $f; $values{$_} = 1 for @new; }""",
)
_STAR_JS = (
    _BROADCAST_JS.replace("KEEP", "false")
    .replace("neighbours = m.body.topology[me];", "")
    .replace(
        "started(); ok(m);",
        "neighbours = me === names[0] ? names.slice(1) : [names[0]]; started(); ok(m);",
    )
    .replace(
        "filter((one) => !known.get(name).has(one));",
        "filter((one) => !known.get(name).has(one) && !(sent.get(name + one) > Date.now() - 600)); some.forEach((one) => sent.set(name + one, Date.now()));",
    )
    .replace("const known", "const sent = new Map(), known")
)
_TREE = _but(
    10,
    ("me, (hub, *others) = body[\"node_id\"], body[\"node_ids\"]", "me, names = body[\"node_id\"], body[\"node_ids\"]"),
    (
        "neighbours = others if me == hub else [hub]",
        "at = names.index(me)\n        neighbours = [*names[4 * at + 1 : 4 * at + 5], *names[(at - 1) // 4 : (at - 1) // 4 + (at > 0)]]",
    ),
)  # fmt: skip
_STAR = "neighbours = others if me == hub else [hub]"
_NOW = "def work():\n    now = time.monotonic()\n"
_AT_ONCE = (('        values.add(body["message"])\n', '        values.add(body["message"])\n        work()\n'),
            ('        values.update(body["values"])\n', '        values.update(body["values"])\n        work()\n'))  # fmt: skip

# --- 17.11 ---------------------------------------------------------------------------------------

_COUNTER_JS = _js(
    """  add: (m) => { fs.appendFileSync("adds.txt", m.body.delta + "\\n"); count(m.body.delta); ok(m); },
  read: (m) => ok(m, { value: Object.values(totals).reduce((sum, [up, down]) => sum + up - down, 0) }),
  totals: (m) => { for (const [name, [up, down]] of Object.entries(m.body.totals)) if (name !== me) {
    const mine = totals[name] || [0, 0]; totals[name] = [Math.max(up, mine[0]), Math.max(down, mine[1])]; } },""",
    'for (const name of names) if (name !== me) send(name, { type: "totals", totals });',
    """const totals = {};
const count = (delta) => { const [up, down] = totals[me] || [0, 0]; totals[me] = delta > 0 ? [up + delta, down] : [up, down - delta]; };""",
).replace(
    "function started() {",
    'function started() { if (fs.existsSync("adds.txt")) fs.readFileSync("adds.txt", "utf8").split("\\n").filter(Boolean).forEach((one) => count(Number(one)));',
)
_ADDS = 'elif body["type"] == "txn":', 'elif body["type"] in ("add", "read"):'
# Each node owns a key of seq-kv, and acknowledges an add once it is written there.
_COUNTER_KV = _but(
    13,
    ("me, waiting, last =", "import threading\n\nnames, own, seen, lock = [], 0, {}, threading.RLock()\nme, waiting, last ="),
    _ADDS,
    (_solution(13)[_solution(13).index("def run(") : _solution(13).index("for line in")], """
def work():
    while True:
        time.sleep(0.05)
        with lock:
            if not names:
                continue
            for name in names:
                ask("seq-kv", lambda answer, name=name: learn(name, answer), type="read", key=name)
            ask("seq-kv", lambda answer: None, type="write", key=f"fresh {me}", value=last)


def learn(name, answer):
    if name != me and answer["type"] == "read_ok":
        seen[name] = answer["value"]


def begin(client, body):
    global own
    if not names:
        send(client, type="error", code=11, in_reply_to=body["msg_id"])
    elif body["type"] == "read":
        send(client, type="read_ok", in_reply_to=body["msg_id"], value=own + sum(seen.values()))
    else:
        own += body["delta"]
        done = lambda answer: send(client, type="add_ok", in_reply_to=body["msg_id"])
        ask("seq-kv", done, type="write", key=me, value=own)


def recover(client, body):
    def has_read(answer):
        global own, names
        own, names = answer.get("value", 0), [name for name in body["node_ids"]]
        send(client, type="init_ok", in_reply_to=body["msg_id"])

    ask("lin-kv" if SAFE else "seq-kv", has_read, type="read", key=me)


"""),
    ('        send(source, type="init_ok", in_reply_to=body["msg_id"])\n', "        recover(source, body)\n"),
    ("for line in sys.stdin:\n    message = json.loads(line)\n", "threading.Thread(target=work, daemon=True).start()\nfor line in sys.stdin:\n  message = json.loads(line)\n  with lock:\n"),
)  # fmt: skip
_SAFE_KV = _COUNTER_KV.replace('"lin-kv" if SAFE else "seq-kv"', '"lin-kv"').replace('ask("seq-kv", done', 'ask("lin-kv", done').replace(
    'ask("seq-kv", lambda answer, name=name', 'ask("lin-kv", lambda answer, name=name'
)  # fmt: skip
_ONE_KEY = _but(
    13,
    _ADDS,
    (_solution(13)[_solution(13).index("def run(") : _solution(13).index("for line in")], """
def begin(client, body):
    def has_read(answer):
        value = answer.get("value", 0)
        if body["type"] == "read":
            send(client, type="read_ok", in_reply_to=body["msg_id"], value=value)
        else:
            done = lambda answer: send(client, type="add_ok", in_reply_to=body["msg_id"])
            ask("lin-kv", done, type="write", key="sum", value=value + body["delta"])

    ask("lin-kv", has_read, type="read", key="sum")


"""),
)  # fmt: skip
_CAS_KEY = _but(
    _ONE_KEY,
    ("""            done = lambda answer: send(client, type="add_ok", in_reply_to=body["msg_id"])
            ask("lin-kv", done, type="write", key="sum", value=value + body["delta"])
""", """            def done(answer):
                if answer["type"] == "cas_ok":
                    send(client, type="add_ok", in_reply_to=body["msg_id"])
                else:
                    begin(client, body)

            change = {"key": "sum", "from": value, "to": value + body["delta"]}
            ask("lin-kv", done, type="cas", create_if_not_exists=True, **change)
"""),
)  # fmt: skip
_DELTAS = _but(
    11,
    ("        count(body[\"delta\"])\n    elif", "        count(body[\"delta\"])\n        for other in names:\n            if other != me:\n                send(other, type='delta', delta=body['delta'])\n    elif"),
    ("    if kind == \"totals\":", "    if kind == 'delta':\n        count(body['delta'])\n        return\n    if kind == \"totals\":"),
    ("send(other, type=\"totals\", totals=totals)", "pass"),
)  # fmt: skip

# The course's counter of chapter 05, twice: what was added, and what was taken away.
_COUNTER_CLASS = """#!class UpAndDown
from dscourse.protocols.replicated_counter import Counted, GossipCounter


class UpAndDown(GossipCounter):
    def on_start(self, log):
        self.mine = {"+": 0, "-": 0}
        for record in log:
            self.count(record.total)
        super().on_start(())

    def count(self, delta):
        sign = "+" if delta > 0 else "-"
        self.mine[sign] += abs(delta)
        self.totals[sign + self.id] = self.mine[sign]

    def on_invoke(self, op):
        if op.f == "read":
            self.complete(op.id, sum(total if name[0] == "+" else -total for name, total in self.totals.items()))
        else:
            self.write(Counted(op.value))
            self.count(op.value)
            self.complete(op.id)
"""

# --- 17.12 and 17.13 -----------------------------------------------------------------------------

_WIRE = (NODES / "wire.py").read_text("utf-8")
_STORES = (NODES / "stores.py").read_text("utf-8").replace("from wire import Node\n", "")


def _store(workload: str, slip: str = "") -> str:
    """The nodes of `tests.run.external` in one file, with one of their faults."""
    run = f"NODES[{workload!r}]({slip!r}).run()\n"
    return _WIRE + "\n" + _but(_STORES, ("NODES[sys.argv[1]](*sys.argv[2:3]).run()\n", run))


_JS_KV = """let count = Date.now() * 100; const waiting = new Map();
const ask = (body) => new Promise((resolve) => { waiting.set(++count, resolve); send("lin-kv", { ...body, msg_id: count }); });
const change = async (key, empty, work) => {
  for (;;) {
    const read = await ask({ type: "read", key });
    const old = "value" in read ? read.value : empty, { next, result } = work(structuredClone(old));
    const done = await ask({ type: "cas", key, from: old, to: next, create_if_not_exists: true });
    if (done.type === "cas_ok") return result;
  }
};
"""
_ANSWERS = "  read_ok: 0, error: 0, cas_ok: 0,\n".replace(
    "0",
    "(m) => { const then = waiting.get(m.body.in_reply_to); waiting.delete(m.body.in_reply_to); if (then) then(m.body); }",
)
_LOG_JS = _js(
    _ANSWERS
    + """  send: async (m) => ok(m, { offset: await change("log " + m.body.key, [], (log) => ({ next: [...log, m.body.msg], result: log.length })) }),
  poll: async (m) => {
    const msgs = {};
    for (const [key, from] of Object.entries(m.body.offsets)) {
      const read = await ask({ type: "read", key: "log " + key });
      msgs[key] = (read.value || []).map((one, at) => [at, one]).slice(from, from + 40);
    }
    ok(m, { msgs });
  },
  commit_offsets: async (m) => {
    for (const [key, at] of Object.entries(m.body.offsets))
      await change("commit " + key, -1, (old) => ({ next: Math.max(old, at) }));
    ok(m);
  },
  list_committed_offsets: async (m) => {
    const offsets = {};
    for (const key of m.body.keys) {
      const read = await ask({ type: "read", key: "commit " + key });
      if ("value" in read) offsets[key] = read.value;
    }
    ok(m, { offsets });
  },""",
    state=_JS_KV,
)
_TXN_JS = _js(
    _ANSWERS
    + """  txn: async (m) => {
    const txn = await change("root", {}, (lists) => {
      const result = m.body.txn.map(([f, key, value]) => {
        if (f === "append") lists[key] = [...(lists[key] || []), value];
        return [f, key, f === "r" ? lists[key] || null : value];
      });
      return { next: lists, result };
    });
    ok(m, { txn });
  },""",
    state=_JS_KV,
)
# All transactions run at the first node, which keeps them in a file.
_TXN_LEADER = _but(
    12,
    (_solution(12)[_solution(12).index("def apply(") : _solution(12).index("def handle(")], """
def apply(key, value):
    logs.setdefault(key, []).append(value)


def lead(body):
    done, entries = [], []
    for f, key, value in body["txn"]:
        if f == "append":
            entries.append((key, value))
            apply(key, value)
        done.append([f, key, list(logs[key]) if f == "r" and key in logs else value])
    if entries:
        with open(FILE, "a") as file:
            file.write(json.dumps(entries) + "\\n")
    return {"type": "txn_ok", "txn": done}


"""),
    ("                apply(*json.loads(line))\n", "                for entry in json.loads(line):\n                    apply(*entry)\n"),
)  # fmt: skip
_LOCAL_TXN = _but(_TXN_LEADER, ("elif me == names[0]:", "elif True:"))
_PER_KEY = _js(
    _ANSWERS
    + """  txn: async (m) => {
    const txn = [];
    for (const [f, key, value] of m.body.txn) {
      const result = await change(key, [], (old) => ({ next: f === "r" ? old : [...old, value], result: f === "r" ? old : value }));
      txn.push([f, key, f === "r" && !result.length ? null : result]);
    }
    ok(m, { txn });
  },""",
    state=_JS_KV,
)
_CAS_ENDED = """        if answer["type"] == "cas_ok":
            send(client, type="txn_ok", in_reply_to=number, txn=done)
        else:
            send(client, type="error", in_reply_to=number, code=30, text="overtaken")
"""

# Nodes that share a file, and say nothing to each other.
_SHARED = """
import fcntl
import json
import sys


def send(dest, **body):
    print(json.dumps({"src": me, "dest": dest, "body": body}), flush=True)


def serve(logs, kind, body):
    if kind in ("broadcast", "send", "add"):
        log = logs.setdefault(body.get("key", ""), [])
        log.append(next(body[name] for name in ("message", "msg", "delta") if name in body))
        return {"offset": len(log) - 1}
    if kind == "read":
        return {"messages": logs.get("", []), "value": sum(logs.get("", []))}
    if kind == "poll":
        return {"msgs": {k: [[n, v] for n, v in enumerate(logs.get(k, [])) if n >= at] for k, at in body["offsets"].items()}}
    if kind == "txn":
        done = []
        for f, key, value in body["txn"]:
            if f == "append":
                logs.setdefault(str(key), []).append(value)
            done.append([f, key, value if f == "append" else [*logs.get(str(key), [])] or None])
        return {"txn": done}
    if kind == "commit_offsets":
        logs["committed"] = {**logs.get("committed", {}), **body["offsets"]}
    return {"offsets": {k: v for k, v in logs.get("committed", {}).items() if k in body.get("keys", ())}}


for line in sys.stdin:
    message = json.loads(line)
    source, body = message["src"], message["body"]
    kind = body["type"]
    if kind == "init":
        me, answer = body["node_id"], {}
    else:
        with open("../shared", "a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            logs = json.loads(file.read() or "{}")
            answer = serve(logs, kind, body)
            file.truncate(0)
            file.write(json.dumps(logs))
    send(source, type=kind + "_ok", in_reply_to=body["msg_id"], **answer)
"""
# The same, and pings to all, so that they seem to talk.
_PINGING = _but(
    _SHARED,
    ("import sys\n", "import sys\nimport threading\nimport time\n\nme, names = '', []\n"),
    ("def serve(", """def ping():
    while True:
        time.sleep(0.05)
        for name in names:
            if name != me:
                send(name, type="ping")


threading.Thread(target=ping, daemon=True).start()


def serve("""),
    ('    if kind == "init":\n        me, answer =', '    if kind == "ping":\n        continue\n    if kind == "init":\n        names, me, answer = body["node_ids"],'),
)  # fmt: skip
# A ping says that there is something to read in the sender's file.
_BY_PING = """
import json
import sys
import threading
import time

me, names, totals, lock = "", [], {}, threading.Lock()


def send(dest, **body):
    print(json.dumps({"src": me, "dest": dest, "body": body}), flush=True)


def look(name):
    with open(f"../total-{name}", "a+") as file:
        file.seek(0)
        totals[name] = sum(map(int, file))


def clock():
    while True:
        time.sleep(0.05)
        with lock:
            for name in names:
                if name != me:
                    send(name, type="ping")


threading.Thread(target=clock, daemon=True).start()
for line in sys.stdin:
    message = json.loads(line)
    with lock:
        source, body = message["src"], message["body"]
        answer = {}
        if body["type"] == "ping":
            look(source)
            continue
        if body["type"] == "init":
            me, names = body["node_id"], body["node_ids"]
        elif body["type"] == "add":
            with open(f"../total-{me}", "a") as file:
                file.write(f"{body['delta']}\\n")
        look(me)
        if body["type"] == "read":
            answer = {"value": sum(totals.values())}
        send(source, type=body["type"] + "_ok", in_reply_to=body["msg_id"], **answer)
"""
_ALONE = "no message can have brought that"

RIGHT = {
    "17.7": (_ECHO_JS, _perl('ok($m, echo => $b->{echo});'), _C.replace("SEED", "fgetc(random)"), _ECHO_CLASS),
    "17.8": (_IDS_JS, _IDS_FILE, _C.replace("SEED", "fgetc(random)"), _IDS_CLASS),
    "17.9": (_KEPT_JS, _GOSSIP_PERL, _but(9, ("        missing = values - known[other]\n", "        missing = values\n"))),
    "17.10": (_STAR_JS, _TREE, _but(10, ("time.sleep(0.1)", "time.sleep(0.14)"))),
    "17.11": (_COUNTER_JS, _SAFE_KV, _COUNTER_CLASS, _CAS_KEY),
    "17.12": (_store("kafka"), _LOG_JS, _but(12, ("names[0]", "max(names)"))),
    "17.13": (_store("txn"), _TXN_JS, _TXN_LEADER),
}  # fmt: skip

WRONG = {
    "17.7": (
        (_but(7, ('echo=body["echo"]', 'echo=str(body["echo"])')), "no value is turned into a string"),
        (_but(7, ("    message = json.loads(line)\n", "    message = json.loads(line)\n    print('got', line)\n")), "was it meant for standard error?"),
        (_but(7, ('me = body["node_id"]', 'me = "n1"')), "writes its own name"),
        (_but(7, (', flush=True', '')), "flush its output?"),
        (_but(7, ('type="echo_ok", in_reply_to=body["msg_id"]', 'type="echo_ok", msg_id=body["msg_id"]')), "succeeded"),
        (_js('  echo: (m) => ok(m, { echo: m.body.echo || "" }),'), "comes back"),
        (_js('  echo: (m) => { ok(m, { echo: m.body.echo }); process.exit(0); },'), "ended with exit status 0"),
        (_perl('ok($m, echo => "$b->{echo}");'), "no value is turned into a string"),
        (_perl('ok($m, echo => uc $b->{echo}) ;'), "comes back"),
        (_but(7, ('elif body["type"] == "echo":', 'elif body["echo"]:')), "were answered"),
        (_but(7, ('send(source, type="echo_ok"', 'send(source, type="echo"')), "echo_ok is required"),
    ),
    "17.8": (
        (_but(8, (_ID, "id=count")), "must not be a matter of luck"),
        (_but(8, (_ID, "id=me + str(count)")), "ambiguous once it is joined"),
        (_but(8, (_ID, "id=[me, count]")), "killed and again after its restart"),
        (_but(8, (_ID, "id=[me, int(time.time()), count]")), "killed and again after its restart"),
        (_but(8, (_ID, "id=[me, time.time_ns() // 10**7]")), "come quickly one after the other"),
        (_js("  generate: (m) => ok(m, { id: Math.floor(Math.random() * 10000) }),"), "ids came twice"),
        (_C.replace("SEED", "i"), "luck"),
        (_perl('ok($m, id => int(rand(5000)));'), "ids came twice"),
        (_but(8, ('me = body["node_id"]', 'me = body["node_id"]\n        import random\n        random.seed(me)'), (_ID, "id=random.getrandbits(64)")), "killed and again"),
        (_FORWARDED_IDS, "100% have to"),
        (_but(8, ("    else:\n        count += 1\n", '''    elif "in_reply_to" in body:
        send(asked.pop(0), type="generate_ok", in_reply_to=numbers.pop(0), id=body["ts"])
    else:
        asked, numbers = [*globals().get("asked", []), source], [*globals().get("numbers", []), body["msg_id"]]
        send("lin-tso", type="ts", msg_id=body["msg_id"])
        continue
''')), "could give no id without an answer"),
    ),
    "17.9": (
        (_SHARED, _ALONE),
        (_FLOOD, "It has to be sent again"),
        (_but(9, ("        with open(FILE, \"a\") as file:\n", "        with open(os.devnull, \"a\") as file:\n")), "killed"),
        (_but(9, ("            send(other, type=\"spread\", values=sorted(missing))\n", "            send(other, type=\"spread\", values=sorted(missing))\n            known[other] |= missing\n")), "It has to be sent again"),
        (_but(9, ("        learn(body[\"values\"])\n", "        values.update(body[\"values\"])\n")), ""),
        (_but(9, ("    for other in neighbours:\n        missing = values - known[other]\n", "    for other in neighbours:\n        missing = {value for value in own if value not in known[other]}\n"), ("        learn([body[\"message\"]])\n", "        learn([body[\"message\"]])\n        own.add(body[\"message\"])\n"), ("lock = threading.Lock()", "own, lock = set(), threading.Lock()")), "and never to"),
        (_but(9, ("{\"messages\": sorted(values)}", "{\"messages\": every}"), ("        learn(body[\"values\"])\n", "        learn(body[\"values\"])\n        every.extend(body[\"values\"])\n"), ("        learn([body[\"message\"]])\n", "        learn([body[\"message\"]])\n        every.append(body[\"message\"])\n"), ("lock = threading.Lock()", "every, lock = [], threading.Lock()")), "times"),
        (_BROADCAST_JS.replace("KEEP", "false"), "killed"),
        (_but(9, ("        if missing:\n", "        if missing and tries[other] < 6:\n            tries[other] += 1\n"), ("lock = threading.Lock()", "tries, lock = defaultdict(int), threading.Lock()")), "lost"),
        (_but(9, ("        neighbours = body[\"topology\"][me]\n", "        pass\n")), "sent it to no other node"),
        (_but(9, ("    elif kind == \"topology\":\n", "    elif kind == \"topology\":\n        return\n")), "did not answer topology"),
    ),
    "17.10": (
        (_but(10, (_STAR, "neighbours = [name for name in body['node_ids'] if name != me]")), "few messages” not reached"),
        (_but(10, ("time.sleep(0.1)", "time.sleep(0.9)")), "low latency” not reached"),
        (_but(10, ("me, (hub, *others) = body[\"node_id\"], body[\"node_ids\"]", "me, names = body[\"node_id\"], body[\"node_ids\"]"), (_STAR, "at = names.index(me)\n        neighbours = [*names[max(0, at - 1) : at], *names[at + 1 : at + 2]]")), "links one after the other"),
        (_but(10, *_AT_ONCE), "few messages” not reached"),
        (_but(10, ("> 0.5", "> 0.05"), ("time.sleep(0.1)", "time.sleep(0.03)")), "few messages” not reached"),
        (_but(10, ("        unknown = values - known[other]\n", "        unknown = {one for one in values if one not in sent[other]}\n")), "It has to be sent again"),
        (_BROADCAST_JS.replace("KEEP", "false").replace("setInterval(work, 100)", "setInterval(work, 40)"), "few messages” not reached"),
    ),
    "17.11": (
        (_PINGING, "Three nodes"),
        # acknowledged, and written a little later
        (_but(11, ("        with open(FILE, \"a\") as file:\n            file.write(f\"{body['delta']}\\n\")\n", "        late.append(body[\"delta\"])\n"), ("def work():\n", "late = []\n\n\ndef save():\n    while True:\n        time.sleep(1)\n        with open(FILE, \"a\") as file:\n            while late:\n                file.write(f\"{late.pop()}\\n\")\n\n\nthreading.Thread(target=save, daemon=True).start()\n\n\ndef work():\n")), "one is cut off, killed"),
        (_SHARED, _ALONE),
        (_but(11, ("def work():\n", "said = {}\n\n\ndef work():\n    if said == totals:\n        return\n    said.update(totals)\n")), "cut off from each other at first and at last"),
        (_BY_PING, _ALONE),
        (_but(11, ("        with open(FILE, \"a\") as file:\n", "        with open(os.devnull, \"a\") as file:\n")), "killed"),
        (_but(11, ("totals[me] = up + max(delta, 0), down + max(-delta, 0)", "totals[me] = up + delta, 0")), "in the end the nodes return".capitalize()),
        (_but(11, ("tuple(map(max, heard, totals.get(name, (0, 0))))", "tuple(map(sum, zip(heard, totals.get(name, (0, 0)))))")), "all that had been added"),
        (_but(11, ("            if name != me:\n", "            if name == source:\n"), ("totals=totals)", "totals={'me': totals.get(me, (0, 0))})")), "itself acknowledged"),
        (_DELTAS, "In the end the nodes return"),
        (_ONE_KEY, "In the end the nodes return"),
        (_COUNTER_JS.replace("Math.max(down, mine[1])", "mine[1]"), "In the end the nodes return"),
        (_but(11, ("up - down for", "up for")), "no subtraction"),
        (_but(11, ("            if name != me:\n", "            if True:\n"), ("heard, totals.get(name, (0, 0))", "heard, (0, 0)")), "In the end the nodes return"),
    ),
    "17.12": (
        (_SHARED, _ALONE),
        # acknowledged, and written a little later
        (_but(12, ("    with open(FILE, \"a\") as file:\n        file.write(\"\".join(json.dumps(entry) + \"\\n\" for entry in entries))\n", "    late.extend(entries)\n"), ("import sys\n", "import sys\nimport threading\nimport time\n"), ("for line in sys.stdin:", "late = []\n\n\ndef save():\n    while True:\n        time.sleep(1)\n        done, late[:] = list(late), []\n        with open(FILE, \"a\") as file:\n            file.write(\"\".join(json.dumps(entry) + \"\\n\" for entry in done))\n\n\nthreading.Thread(target=save, daemon=True).start()\nfor line in sys.stdin:")), "was killed and started again"),
        (_but(12, ("    elif me == names[0]:", "    elif me != names[0] and body[\"type\"] == \"send\":\n        send(source, type=\"error\", in_reply_to=body[\"msg_id\"], code=11)\n    elif me == names[0]:")), "requests send"),
        (_store("kafka", "blind"), "Two nodes answered"),
        (_store("kafka", "dropping").replace("entry % 7", "entry % 3"), "is lost"),
        (_store("kafka", "backwards"), "after offset"),
        (_store("kafka", "skipping"), "without"),
        (_store("kafka", "uncommitted"), "nobody had committed"),
        (_but(12, ("elif me == names[0]:", "elif True:")), "Two nodes answered"),
        (_but(12, ("    with open(FILE, \"a\") as file:\n", "    with open(os.devnull, \"a\") as file:\n")), "killed"),
        (_but(12, ("if number not in answered:", "if True:")), "came twice"),
        (_but(12, ("elif me == names[0]:", "elif me == leader(body):"), ("send(names[0], type", "send(leader(body), type"), ("def handle(", "def leader(body):\n    return names[hash(str(body.get('key'))) % len(names)]\n\n\ndef handle(")), ""),
        (_but(12, ("[start:]", "")), "returned offset 0"),
        (_but(12, ("len(logs[body[\"key\"]]) - 1", "len(logs[body[\"key\"]])")), "there"),
        (_LOG_JS.replace('if (done.type === "cas_ok") return result;', "return result;"), "Two nodes"),
    ),
    "17.13": (
        (_SHARED, _ALONE),
        (_but(13, ("def begin(client, body):\n", "def begin(client, body):\n    if any(step[0] == \"append\" for step in body[\"txn\"]):\n        return send(client, type=\"error\", in_reply_to=body[\"msg_id\"], code=30)\n")), "requests txn with an append"),
        (_store("txn", "blind"), "Three nodes"),
        (_store("txn", "lww"), ""),
        (_LOCAL_TXN, "Three nodes"),
        (_PER_KEY, "Three nodes"),
        (_but(13, ("    change = {", "    send(client, type=\"txn_ok\", in_reply_to=number, txn=done)\n    change = {"), (_CAS_ENDED, "        pass\n")), ""),
        (_but(13, ('''        else:
            send(client, type="error"''', '''        elif any(step[0] == "append" for step in steps):
            ask("lin-kv", lambda answer: send(client, type="txn_ok", in_reply_to=number, txn=done), type="write", key="lists", value=list(lists.items()))
        else:
            send(client, type="error"''')), "Three nodes"),
        (_but(13, ("    ask(\"lin-kv\", ended, type=\"cas\"", "    if all(step[0] == \"r\" for step in steps):\n        return send(client, type=\"txn_ok\", in_reply_to=number, txn=done)\n    ask(\"lin-kv\", ended, type=\"cas\""), ("    ask(\"lin-kv\", has_read, type=\"read\", key=\"lists\")", "    ask(\"seq-kv\", has_read, type=\"read\", key=\"lists\")")), ""),
        (_but(13, (_CAS_ENDED, "        send(client, type='error', in_reply_to=number, code=30)\n")), "succeeded"),
        (_but(_TXN_LEADER, ("        with open(FILE, \"a\") as file:\n", "        with open(os.devnull, \"a\") as file:\n")), "killed"),
        (_but(13, ("lists.get(key) if f == \"r\"", "dict(old).get(key) if f == \"r\"")), "One node"),
    ),
}  # fmt: skip
