"""That tests may take the SQL of an expression from an earlier one like it."""

from __future__ import annotations

import ibis
import pytest

from mining.ledger import book
from tests import compiled_once
from tests.logs import AS_OF, log, project


def test_every_text_that_is_taken_from_before_is_the_one_that_compiling_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []

    def both(self: object, expr: object, /, **options: object) -> str:
        told.append((compiled_once.compile_once(self, expr, **options), compiled_once.plainly(self, expr, **options)))
        return told[-1][1]

    monkeypatch.setattr(compiled_once.SQLBackend, "compile", both)
    for text in ("A intake 1 | A assess 2T09:00-10:00", "B intake 1 | B check 2 | B intake 4T08:00"):
        book(log(text), project(), AS_OF)
    assert [taken for taken, _ in told] == [given for _, given in told]
    assert len(told) > 30


def test_expressions_that_differ_in_a_value_a_type_or_a_table_are_not_one() -> None:
    t, u = (ibis.table({"a": "int64", "b": "string"}, name=name) for name in ("t", "u"))
    some = [
        t.filter(t.a == 1), t.filter(t.a == 2), t.filter(t.b == "1"), u.filter(u.a == 1), t.mutate(a=t.a + 1),
        t.mutate(c=t.a + 1), t.mutate(c=ibis.literal(True)), t.mutate(c=ibis.literal(1)), t.limit(1), t.limit(2),
        t.join(u, "a"), u.join(t, "a"), t.left_join(u, "a"), t.order_by("a"), t.order_by(ibis.desc("a")),
    ]  # fmt: skip
    assert len({compiled_once.key_of(each) for each in some}) == len(some)
    assert compiled_once.key_of(t.filter(t.a == 1)) == compiled_once.key_of(some[0])


def test_an_expression_that_holds_data_is_never_taken_from_before() -> None:
    assert compiled_once.key_of(ibis.memtable({"a": [1]})) is None
