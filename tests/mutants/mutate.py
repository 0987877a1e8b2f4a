"""Mutate: everything that can be made wrong in a module, one thing at a time."""

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import partial

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE,
    ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


Path = tuple[tuple[str, int | None], ...]
"""How to get to a node: the fields, and where the node is in a list."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module that is wrong in one line: what stood there, and what stands there now.

    `source` makes it: of thousands, only a sample is tried.
    """

    line: int
    was: str
    now: str
    source: Callable[[], str]


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module.

    Annotations, decorators, docstrings and sentences stay as they are.
    """
    tree = ast.parse(source)
    for path in _paths(tree):
        original = _at(tree, path)
        for wrong in _wrong(original):
            made = partial(_made, tree, path, wrong)
            yield Mutant(original.lineno, _text(original), _text(wrong), made)  # type: ignore[attr-defined]


def _made(tree: ast.AST, path: Path, wrong: ast.AST) -> str:
    copy = deepcopy(tree)
    _put(copy, path, wrong)
    return ast.unparse(copy)


def _paths(node: ast.AST, so_far: Path = ()) -> Iterator[Path]:
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params", "bases"}:
            continue
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            if not isinstance(child, ast.AST) or _is_docstring(child) or _is_for_types(child):
                continue
            path = (*so_far, (name, index if isinstance(value, list) else None))
            yield path
            # An f-string is made of constants, and wrong as a whole.
            yield from () if isinstance(child, ast.JoinedStr) else _paths(child, path)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _at(tree: ast.AST, path: Path) -> ast.AST:
    for name, index in path:
        value = getattr(tree, name)
        tree = value if index is None else value[index]
    return tree


def _put(tree: ast.AST, path: Path, node: ast.AST) -> None:
    *before, (name, index) = path
    parent = _at(tree, tuple(before))
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node


def _wrong(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901, PLR0912 - a case for each kind
    match node:
        case ast.Compare(left, [operator], comparators) if type(operator) in COMPARISONS:
            yield ast.Compare(left, [COMPARISONS[type(operator)]()], comparators)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
            yield ast.BinOp(left, OPERATORS[type(operator)](), right)
        case ast.AugAssign(target, operator, value) if type(operator) in OPERATORS:
            yield ast.AugAssign(target, OPERATORS[type(operator)](), value)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(str() as text) if " " not in text:
            yield ast.Constant(f"{text}!")
        case ast.If(test, body, orelse) | ast.IfExp(test, body, orelse):
            yield type(node)(ast.UnaryOp(ast.Not(), test), body, orelse)  # type: ignore[arg-type]
        case ast.Return(value) if value and not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.Expr(ast.Call()) | ast.Delete():
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()


def _text(node: ast.AST) -> str:
    """The first line of a node."""
    return ast.unparse(ast.fix_missing_locations(node)).partition("\n")[0]
