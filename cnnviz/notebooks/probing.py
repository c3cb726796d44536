"""Put a probe after each assignment of a script, by rewriting its syntax tree.

A probe is one statement, ``if ON[7]: VALUE(7, name)``, so that one that is off costs next to
nothing; the recorder switches it off after it has seen enough. What a loop changes in place, an
array by its cells or a list by appending, is probed after the loop as well. The loops themselves
report their passes to the recorder, by which an iteration is recognised afterwards.

The names of the recorder's functions are built-in names with a random ending, so that nothing in a
script shadows them.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeVar

Use = Literal["assigned", "changed", "returned", "argument", "target"]
"""How a value comes about: assigned to a name; a container changed in place; returned by a
function; an argument at the entry of a function; the target of a loop."""

_MUTATORS: Final = frozenset({"append", "extend", "insert", "fill", "update", "setdefault"})
_PLAIN_KEYS: Final = (ast.Name, ast.Constant, ast.BinOp, ast.JoinedStr)
_Node = TypeVar("_Node", bound=ast.AST)


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe."""

    cell: int
    line: int
    """cell, line: of the statement whose value it records."""
    name: str
    """The name of the value in the script: ``dW``, ``self.W``, ``cache['A']``, ``conv()``."""
    use: Use
    """How the value comes about."""
    multiplies: bool = False
    """Whether the statement multiplies number by number."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the recorder's functions in a script."""

    on: str
    """A list of whether each probe is on."""
    value: str
    """``value(probe, value)``"""
    argument: str
    """The same for an argument, whose line is that of the call."""
    changed: str
    """``changed(probe, container)``, or with the key of the changed item."""
    loop: str
    """``for x in loop(number, iterable)``"""
    enter: str
    once: str
    leave: str
    """enter, once, leave: called with the number of a while loop: before it, at the start of each
    pass, and after it."""

    @classmethod
    def ending_in(cls, ending: str) -> "Names":
        """Return names with an ending that does not occur in the script."""
        roles = ("on", "value", "argument", "changed", "loop", "enter", "once", "leave")
        return cls(*(f"_{role}_{ending}" for role in roles))


def instrument(
    source: str, cell: int, filename: str, names: Names, probes: list[Probe], first_loop: int
) -> tuple[ast.Module, int]:
    """Return a cell's syntax tree with probes, and the number for the next loop.

    The probes of the cell are appended to `probes`. Raises SyntaxError if it is not Python.
    """
    tree = ast.parse(source, filename)
    rewriter = _Rewriter(cell, names, probes, first_loop)
    tree.body = rewriter.block(tree.body, depth=0)
    return ast.fix_missing_locations(tree), rewriter.next_loop


@dataclass
class _Rewriter:
    """Rewrites the statements of one cell."""

    cell: int
    names: Names
    probes: list[Probe]
    next_loop: int
    changes: list[dict[str, int]] = field(default_factory=list)
    """For each loop that is being rewritten, the names that it changes, and in which line."""
    function: str = ""

    def block(self, statements: Sequence[ast.stmt], depth: int) -> list[ast.stmt]:
        """Return the statements with their probes; `depth` is the number of loops around them."""
        written: list[ast.stmt] = []
        for statement in statements:
            written += self._statement(statement, depth)
        return written

    def _statement(self, statement: ast.stmt, depth: int) -> list[ast.stmt]:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return [self._function(statement)]
            case ast.ClassDef():
                statement.body = self.block(statement.body, depth)
                return [statement]
            case ast.For():
                return self._for(statement, depth)
            case ast.While():
                return self._while(statement, depth)
            case ast.Assign():
                targets = [part for target in statement.targets for part in _parts(target)]
                for target in targets:
                    if isinstance(target, ast.Name) and _reads(statement.value, target.id):
                        self._note(target, statement.lineno)
                return [statement, *self._targets(targets, statement, depth)]
            case ast.AnnAssign() if statement.value is not None:
                return [statement, *self._targets([statement.target], statement, depth)]
            case ast.AugAssign():
                self._note(statement.target, statement.lineno)
                return [statement, *self._targets([statement.target], statement, depth)]
            case ast.Return() if statement.value is not None and self.function:
                return self._return(statement)
            case ast.Expr(value=ast.Call() as call) if (place := _written(call)) is not None:
                return [statement, *self._change(place, statement, depth)]
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
                if method.attr in _MUTATORS and _is_place(method.value):
                    return [statement, *self._change(method.value, statement, depth)]
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(statement, name, None)
            if isinstance(inner, list) and inner and isinstance(inner[0], ast.stmt):
                setattr(statement, name, self.block(inner, depth))
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            part.body = self.block(part.body, depth)
        return [statement]

    def _function(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> ast.FunctionDef | ast.AsyncFunctionDef:
        outer, changes = self.function, self.changes
        self.function, self.changes = function.name, []
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        entry: list[ast.stmt] = []
        for argument in arguments:
            if argument.arg not in ("self", "cls"):
                name = ast.Name(argument.arg)
                shown = f"{function.name}({argument.arg})"
                entry.append(self._probe(name, shown, function.body[0], "argument"))
        body = self.block(function.body, 0)
        start = 1 if ast.get_docstring(function) is not None else 0
        function.body = [*body[:start], *entry, *body[start:]]
        self.function, self.changes = outer, changes
        return function

    def _for(self, loop: ast.For, depth: int) -> list[ast.stmt]:
        number = self._number()
        self.changes.append({})
        is_counter = isinstance(loop.iter, ast.Call) and _called(loop.iter) in ("range", "arange")
        targets = [] if is_counter else list(_parts(loop.target))
        if isinstance(loop.iter, ast.Call) and _called(loop.iter) == "enumerate":
            targets = targets[1:]
        entry = [
            self._probe(target, ast.unparse(target), loop, "target")
            for target in targets
            if isinstance(target, ast.Name)
        ]
        loop.body = [*entry, *self.block(loop.body, depth + 1)]
        loop.orelse = self.block(loop.orelse, depth)
        loop.iter = _call(self.names.loop, ast.Constant(number), loop.iter)
        return [loop, *self._after()]

    def _while(self, loop: ast.While, depth: int) -> list[ast.stmt]:
        number = ast.Constant(self._number())
        self.changes.append({})
        once = ast.Expr(_call(self.names.once, number))
        loop.body = [once, *self.block(loop.body, depth + 1)]
        loop.orelse = self.block(loop.orelse, depth)
        enter, leave = (
            ast.Expr(_call(name, number)) for name in (self.names.enter, self.names.leave)
        )
        guarded = ast.Try([loop], [], [], [leave])
        for added in (enter, once, guarded):
            ast.copy_location(added, loop)
        return [enter, guarded, *self._after()]

    def _number(self) -> int:
        self.next_loop += 1
        return self.next_loop - 1

    def _after(self) -> list[ast.stmt]:
        """Return probes of the loop's changes, and note these for the loop around it."""
        changed = self.changes.pop()
        if self.changes:
            self.changes[-1].update(changed)
        probes = []
        for text, line in changed.items():
            at = ast.Pass(lineno=line, end_lineno=line, col_offset=0, end_col_offset=0)
            probe = self._probe(ast.parse(text, mode="eval").body, text, at, "changed")
            missing = ast.parse("(NameError, AttributeError)", mode="eval").body
            handler = ast.ExceptHandler(missing, None, [ast.Pass()])
            probes.append(ast.copy_location(ast.Try([probe], [handler], [], []), at))
        return list(probes)

    def _return(self, statement: ast.Return) -> list[ast.stmt]:
        """Return the statement with its value handed on by the probe."""
        if isinstance(statement.value, ast.Name | ast.Constant | ast.Tuple):
            return [statement]  # what is returned is known already
        number = self._new(f"{self.function}()", statement.lineno, "returned")
        value = statement.value or ast.Constant(None)
        statement.value = ast.copy_location(
            _call(self.names.value, ast.Constant(number), value), value
        )
        return [statement]

    def _targets(self, targets: list[ast.expr], at: ast.stmt, depth: int) -> Iterator[ast.stmt]:
        for target in targets:
            if isinstance(target, ast.Subscript):
                yield from self._change(target, at, depth)
            elif _is_place(target):
                yield self._probe(target, ast.unparse(target), at, "assigned")

    def _change(self, target: ast.expr, at: ast.stmt, depth: int) -> Iterator[ast.stmt]:
        """Yield the probe of a container that is changed in place."""
        self._note(target, at.lineno)
        key: list[ast.expr] = []
        base = target
        if isinstance(target, ast.Subscript):
            base = target.value
            if isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
                if not _acts(base):
                    yield self._probe(target, ast.unparse(target), at, "assigned")
                return
            if isinstance(target.slice, _PLAIN_KEYS) and not _acts(target.slice):
                key = [target.slice]
        if _is_place(base) and depth <= 2:
            number = self._new(ast.unparse(base), at.lineno, "changed")
            call = _call(self.names.changed, ast.Constant(number), base, *key)
            yield self._when_on(number, call, at)

    def _note(self, target: ast.expr, line: int) -> None:
        """Note that the innermost loop changes the object that a target belongs to."""
        base = target
        while isinstance(base, ast.Subscript):
            if isinstance(base.slice, ast.Constant) and isinstance(base.slice.value, str):
                break
            base = base.value
        if self.changes and _is_place(base):
            self.changes[-1][ast.unparse(base)] = line

    def _probe(self, value: ast.expr, name: str, at: ast.stmt, use: Use) -> ast.stmt:
        number = self._new(name, at.lineno, use, multiplies=_multiplies(at))
        function = self.names.argument if use == "argument" else self.names.value
        return self._when_on(number, _call(function, ast.Constant(number), value), at)

    def _new(self, name: str, line: int, use: Use, *, multiplies: bool = False) -> int:
        self.probes.append(Probe(self.cell, line, name, use, multiplies))
        return len(self.probes) - 1

    def _when_on(self, number: int, call: ast.Call, at: ast.stmt) -> ast.stmt:
        test = ast.Subscript(ast.Name(self.names.on, ast.Load()), ast.Constant(number), ast.Load())
        call.args = [_read(argument) for argument in call.args]
        probe = ast.If(test, [ast.Expr(call)], [])
        return ast.copy_location(probe, at)  # for its parts, too: `instrument` completes them


def _parts(target: ast.expr) -> Iterator[ast.expr]:
    """Yield the parts of a target: the elements of a tuple."""
    if isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _parts(element)
    elif isinstance(target, ast.Starred):
        yield from _parts(target.value)
    else:
        yield target


def _is_place(target: ast.expr) -> bool:
    """Return whether reading a target again does nothing else: names, attributes, their items."""
    match target:
        case ast.Name():
            return True
        case ast.Attribute(value=value):
            return _is_place(value)
        case ast.Subscript(value=value, slice=ast.Constant() | ast.Name()):
            return _is_place(value)
    return False


def _acts(value: ast.expr) -> bool:
    """Return whether evaluating this again may do something else: it calls, or gives a name."""
    return any(isinstance(node, ast.Call | ast.NamedExpr | ast.Await) for node in ast.walk(value))


def _reads(value: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(value))


def _multiplies(statement: ast.stmt) -> bool:
    """Return whether an assignment multiplies number by number: no ``@``, no sum of products."""
    match statement:
        case ast.AugAssign(op=ast.Mult()):
            return True
        case ast.Assign(value=value) | ast.AugAssign(value=value) | ast.AnnAssign(value=value):
            return value is not None and any(
                (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult))
                or (isinstance(node, ast.Call) and _called(node) == "multiply")
                for node in ast.walk(value)
            )
    return False


def _written(call: ast.Call) -> ast.expr | None:
    """Return where numpy writes the result of a call: ``out=``, or what ``copyto`` copies to."""
    places = [keyword.value for keyword in call.keywords if keyword.arg == "out"]
    places += call.args[:1] if _called(call) == "copyto" else []
    return next(filter(_is_place, places), None)


def _called(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _read(target: ast.expr) -> ast.expr:
    """Return a copy of a target that is read, not written, without its place in the script."""
    copied = _copy(target)
    if isinstance(copied, ast.Name | ast.Attribute | ast.Subscript):
        copied.ctx = ast.Load()  # that of its parts is this already
    return copied


def _copy(node: _Node) -> _Node:
    fields = {}
    for name, value in ast.iter_fields(node):
        parts = value if isinstance(value, list) else [value]
        copies = [_copy(part) if isinstance(part, ast.AST) else part for part in parts]
        fields[name] = copies if isinstance(value, list) else copies[0]
    return type(node)(**fields)
