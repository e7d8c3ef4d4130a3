"""A scan of a protocol's source for code that can make two runs of one seed differ.

A handler may not read a clock, randomness or the outside world, may not wait, and may not iterate over a
set unsorted: the order of a set of strings changes from process to process. The scan reads only the
syntax tree. It recognises a set by its display, ``set(…)``, annotations, set operators and methods, and
by the names and attributes to which one is assigned in the same file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

__all__ = ["Finding", "scan"]

MODULES = frozenset({
    "asyncio", "concurrent", "datetime", "io", "logging", "multiprocessing", "os", "queue",
    "random", "secrets", "select", "signal", "socket", "subprocess", "sys", "tempfile",
    "threading", "time", "uuid",
})  # fmt: skip
CALLS = frozenset({"__import__", "eval", "exec", "hash", "id", "input", "open", "print"})
WAITING = (ast.AsyncFor, ast.AsyncFunctionDef, ast.AsyncWith, ast.Await, ast.Yield, ast.YieldFrom)
COMPREHENSIONS = (ast.DictComp, ast.GeneratorExp, ast.ListComp, ast.SetComp)
IN_ORDER = frozenset({
    "Counter", "OrderedDict", "deque", "dict", "enumerate", "filter", "iter", "list", "map", "repr",
    "str", "tuple", "zip",
})  # fmt: skip
IN_ANY_ORDER = frozenset({
    "all", "any", "frozenset", "len", "max", "min", "set", "sorted", "sum",
})  # fmt: skip
IN_ORDER_METHODS = frozenset({"extend", "extendleft", "fromkeys", "join"})
SET_METHODS = frozenset({"difference", "intersection", "symmetric_difference", "union"})
SET_TYPES = frozenset({"AbstractSet", "FrozenSet", "MutableSet", "Set", "frozenset", "set"})
MUTABLE = frozenset({"Counter", "defaultdict", "deque", "dict", "list", "set"})

Finding = tuple[int, str]  # line, complaint


def scan(source: str) -> list[Finding]:
    """Return everything found in ``source`` that a protocol may not do, in the order of its lines."""
    tree = ast.parse(source)
    known = Known(tree)
    unordered = {id(node) for node in ast.walk(tree) for node in taken_in_any_order(node)}
    found = {finding for node in ast.walk(tree) for finding in forbidden(node)}
    for scope in scopes(tree):
        local = known.within(scope)
        for node in inside(scope):
            if id(node) not in unordered:
                found |= {
                    (node.lineno, f"uses the order of the set {ast.unparse(value)}")  # type: ignore[attr-defined]
                    for value in taken_in_order(node)
                    if local.is_set(value)
                }
    return sorted(found)


# --- forbidden nodes ---


def forbidden(node: ast.AST) -> Iterator[Finding]:
    """Yield the faults of this node on its own."""
    for name in imported(node):
        if name.partition(".")[0] in MODULES:
            yield node.lineno, f"imports {name}"  # type: ignore[attr-defined]
    if isinstance(node, ast.Global):
        yield node.lineno, f"changes the global {', '.join(node.names)}"
    if isinstance(node, WAITING):
        yield node.lineno, "waits"
    if isinstance(node, ast.Call) and called(node) in CALLS and isinstance(node.func, ast.Name):
        yield node.lineno, f"calls {called(node)}"
    if isinstance(node, ast.Attribute) and node.attr in ("random", "urandom"):
        yield node.lineno, f"uses {ast.unparse(node)}"
    if isinstance(node, ast.ClassDef):
        yield from shared_by_all_nodes(node)


def shared_by_all_nodes(owner: ast.ClassDef) -> Iterator[Finding]:
    """Yield the mutable values in a class body, which its objects would share."""
    for line in owner.body:
        value = line.value if isinstance(line, ast.Assign | ast.AnnAssign) else None
        repeated = value.left if isinstance(value, ast.BinOp) else value
        display = isinstance(repeated, (ast.Dict, ast.List, ast.Set, *COMPREHENSIONS))
        if display or (isinstance(value, ast.Call) and called(value) in MUTABLE):
            yield line.lineno, f"all objects of {owner.name} share {ast.unparse(line)}"


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def called(node: ast.Call) -> str:
    """Return the last part of the called function's name."""
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


# --- where order matters and where it does not ---


def taken_in_order(node: ast.AST) -> list[ast.expr]:
    """Return the values whose order affects the result of this node."""
    match node:
        case ast.For(iter=value) | ast.Starred(value=value) | ast.FormattedValue(value=value):
            return [value]
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value) if len(targets) > 1:
            return [value]
        case ast.DictComp() | ast.GeneratorExp() | ast.ListComp():
            return [part.iter for part in node.generators]
        case ast.Call(func=ast.Attribute(value=value, attr="pop"), args=[]):
            return [value]
        case ast.Call(func=ast.Name(id="max" | "min"), args=values) if node.keywords:
            return list(values)  # of several with equal keys the first is chosen
        case ast.Call(func=ast.Name(id=name), args=values) if name in IN_ORDER:
            return list(values)
        case ast.Call(func=ast.Attribute(attr=name), args=values) if name in IN_ORDER_METHODS:
            return list(values)
    return []


def taken_in_any_order(node: ast.AST) -> list[ast.AST]:
    """Return the parts of this node whose order has no effect: a set made of a set, a sum, sorted(…)."""
    if isinstance(node, ast.Set):
        return list(node.elts)
    if isinstance(node, ast.SetComp):
        return [node]
    free = (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and not (node.keywords and called(node) in ("max", "min"))
    )
    return list(node.args) if free and called(node) in IN_ANY_ORDER else []  # type: ignore[attr-defined]


def scopes(tree: ast.Module) -> list[ast.AST]:
    """Return the module and every function in it."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [tree, *(node for node in ast.walk(tree) if isinstance(node, functions))]


def inside(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a scope without those of the functions in it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from inside(child)


# --- known sets ---


class Known:
    """The attributes and local names that hold sets, or dicts of sets."""

    def __init__(self, tree: ast.AST) -> None:
        self.sets: set[str] = set()
        self.maps: set[str] = set()
        for node in ast.walk(tree):
            self._learn(node, attributes=True)

    def within(self, scope: ast.AST) -> Known:
        """Return the types known inside this function: those of the attributes and of its own names."""
        local = Known(ast.Module([], []))
        local.sets, local.maps = set(self.sets), set(self.maps)
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            for argument in (*scope.args.args, *scope.args.kwonlyargs):
                local._annotate(argument.arg, argument.annotation)
        for _ in range(2):  # twice, for a name that is assigned another one defined further down
            for node in inside(scope):
                local._learn(node, attributes=False)
        return local

    def _learn(self, node: ast.AST, attributes: bool) -> None:
        """Record what an assignment or an annotation says about its target."""
        match node:
            case ast.ClassDef(body=body) if attributes:
                for line in body:
                    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                        self._annotate("." + line.target.id, line.annotation)
            case ast.AnnAssign(target=target, annotation=annotation):
                self._annotate(key(target, attributes), annotation)
            case (
                ast.Assign(targets=[target], value=value)
                | ast.NamedExpr(target=target, value=value)
            ) if self.is_set(value):
                self.sets.add(key(target, attributes))

            case ast.For(target=target, iter=ast.Call(func=ast.Attribute(value=owner, attr=name))):
                self._learn_loop(target, owner, name, attributes)
            case ast.comprehension(
                target=target, iter=ast.Call(func=ast.Attribute(value=owner, attr=name))
            ):
                self._learn_loop(target, owner, name, attributes)

    def _learn_loop(self, target: ast.expr, owner: ast.expr, name: str, attributes: bool) -> None:
        """Record that a loop over the values of a dict of sets has sets as its variable."""
        if name == "items" and isinstance(target, ast.Tuple):
            target, name = target.elts[-1], "values"
        if name == "values" and self._is_map(owner):
            self.sets.add(key(target, attributes))

    def _annotate(self, name: str, annotation: ast.expr | None) -> None:
        if isinstance(annotation, ast.Subscript) and type_name(annotation.value) in (
            "Mapping", "defaultdict", "dict",
        ):  # fmt: skip
            inner = annotation.slice
            if isinstance(inner, ast.Tuple) and holds_set(inner.elts[-1]):
                self.maps.add(name)
        elif annotation is not None and holds_set(annotation):
            self.sets.add(name)

    def is_set(self, value: ast.expr) -> bool:
        """Return whether the expression is known to be a set."""
        match value:
            case ast.Set() | ast.SetComp():
                return True
            case ast.Name() | ast.Attribute():
                return key(value, isinstance(value, ast.Attribute)) in self.sets
            case ast.Subscript(value=owner):
                return self._is_map(owner)
            case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor()):
                return any(self.is_set(side) or is_keys(side) for side in (left, value.right))
            case ast.IfExp(body=body, orelse=other):
                return self.is_set(body) or self.is_set(other)
            case ast.NamedExpr(value=inner):
                return self.is_set(inner)
            case ast.Call(func=ast.Name(id="set" | "frozenset")):
                return True
            case ast.Call(func=ast.Attribute(value=owner, attr=name)):
                from_map = name in ("get", "pop", "setdefault") and self._is_map(owner)
                return from_map or name in SET_METHODS or (name == "copy" and self.is_set(owner))
        return False

    def _is_map(self, value: ast.expr) -> bool:
        named = isinstance(value, ast.Name | ast.Attribute)
        return named and key(value, isinstance(value, ast.Attribute)) in self.maps


def key(target: ast.expr, attributes: bool) -> str:
    """Return ``.x`` for an attribute or ``x`` for a name; empty for the kind that is not asked for."""
    if attributes:
        return f".{target.attr}" if isinstance(target, ast.Attribute) else ""
    return target.id if isinstance(target, ast.Name) else ""


def holds_set(annotation: ast.expr) -> bool:
    """Return True for an annotation such as ``set[str]`` or ``set[str] | None``."""
    if isinstance(annotation, ast.BinOp):
        return holds_set(annotation.left) or holds_set(annotation.right)
    outer = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return type_name(outer) in SET_TYPES


def type_name(node: ast.expr) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def is_keys(value: ast.expr) -> bool:
    """Return True for ``d.keys()`` and ``d.items()``, of which operators make sets."""
    return isinstance(value, ast.Call) and called(value) in ("keys", "items")
