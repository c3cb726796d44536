"""A gradient rule in the config of a run file, with the faults and the own code put into it.

The gallery and the reader of own code are imported only for runs that need them.
"""

from collections.abc import Iterator
from typing import Any

from cnnviz.numerics.rule import Rule
from cnnviz.numerics.variants import Variant
from cnnviz.training.run.checked_json import member


def rule_to_json(rule: Rule) -> dict[str, Any]:
    """Return a rule as members of a config: the switches that are on, faults, own code."""
    return {"rule": list(rule.corrected), **(_extra_to_json(rule) if rule.extra else {})}


def rule_from_json(values: dict[str, Any]) -> Rule:
    """Return the rule in a config; a ValueError says what is wrong with it.

    Own code is not run: its operations have no result until somebody runs it.
    """
    switches: list[Any] = member(values, "rule", list)
    if not all(isinstance(name, str) for name in switches):
        raise ValueError("its config lists a rule's switches otherwise than by their names")
    extra = [*_faults(values), *_own_code(values)]
    if len({variant.operation for variant in extra}) < len(extra):
        raise ValueError("its rule has two computations for one operation")
    return Rule.correcting(switches).replacing(extra)


def _extra_to_json(rule: Rule) -> dict[str, Any]:
    from cnnviz.numerics.checking.faults import FAULT_NAMED
    from cnnviz.training.own_code.source import OwnVariant

    names = {fault.variant: name for name, fault in FAULT_NAMED.items()}
    faults = [names[variant] for variant in rule.extra if variant in names]
    own = [
        {"operation": one.operation, "name": one.source.name, "text": one.source.text}
        for one in rule.extra
        if isinstance(one, OwnVariant)
    ]
    return {**({"faults": faults} if faults else {}), **({"own_code": own} if own else {})}


def _faults(values: dict[str, Any]) -> Iterator[Variant]:
    if "faults" not in values:
        return
    from cnnviz.numerics.checking.faults import FAULT_NAMED

    names: list[Any] = member(values, "faults", list)
    for name in names:
        fault = FAULT_NAMED.get(name) if isinstance(name, str) else None
        if fault is None:
            raise ValueError(f"its fault {name!r:.40} is none of this cnnviz")
        yield fault.variant


def _own_code(values: dict[str, Any]) -> Iterator[Variant]:
    if "own_code" not in values:
        return
    from cnnviz.training.own_code.errors import SourceError
    from cnnviz.training.own_code.source import OwnSource, variants_not_run

    codes: list[Any] = member(values, "own_code", list)
    for code in codes:
        operation = member(code, "operation", str)
        try:
            source = OwnSource.parse(member(code, "text", str), member(code, "name", str))
        except SourceError as error:
            raise ValueError(f"its own code cannot be used ({error})") from None
        variants = [one for one in variants_not_run(source) if one.operation == operation]
        if not variants:
            raise ValueError(f"its own code does not define {operation!r:.40}")
        yield variants[0]
