"""DuckDB's SQL, in which the models are written, as Spark's.

sqlglot knows both dialects; here stands what it leaves undone, one function a matter. Each changes the
statement in place. What has no counterpart that gives the same rows raises UnknownSql: a model says it
otherwise, in words both engines know (``docs/adr/0016-one-sql-two-engines.md``).
"""

import re
from typing import ClassVar, NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.generators.spark import SparkGenerator

from ingest.spark.columns import Columns, ColumnsOf, Known, star_of

_GROUP = re.compile(r"\\(\d)")


class UnknownSql(ValueError):
    """A statement without a counterpart in Spark that is known to give the same rows."""


class _Generator(SparkGenerator):
    # Hive knew no query with a list of its own within such a list.
    EXPRESSIONS_WITHOUT_NESTED_CTES: ClassVar = set()
    # Spark 4.3 knows QUALIFY and gives one generator a select itself.
    TRANSFORMS: ClassVar = {
        key: value for key, value in SparkGenerator.TRANSFORMS.items() if key is not exp.Select
    }


class Spark4(Spark):
    """Spark as of 4.3."""

    Generator = _Generator


def to_spark(sql: str, columns_of: ColumnsOf) -> str:
    """The statement in Spark's dialect. ``columns_of`` tells the columns of the warehouse's tables."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    _columns_by_name(tree, Columns(columns_of), {})
    for change in _CHANGES:
        change(tree)
    return tree.sql(dialect=Spark4, pretty=True)


def spark_type(duckdb_type: str) -> str:
    """A type of DuckDB as Spark's."""
    return exp.DataType.build(duckdb_type, dialect="duckdb").sql("spark")


def _refuse(node: exp.Expr, why: str) -> NoReturn:
    raise UnknownSql(f"{why}: {node.sql('duckdb')[:300]}")


# Columns told by name


def _columns_by_name(query: exp.Expr, columns: Columns, known: Known) -> None:
    """``union by name`` and ``* replace`` with their columns written out: Spark has neither."""
    known = columns.within(query, known)
    for inner in _queries_in(query):
        _columns_by_name(inner, columns, known)
    if isinstance(query, exp.Select):
        _write_out_replaced(query, columns, known)
    elif isinstance(query, exp.SetOperation):
        _write_out_union(query, columns, known)


def _queries_in(query: exp.Expr) -> list[exp.Expr]:
    """The queries right inside a query, common table expressions first; of a union its branches."""
    found: list[exp.Expr] = []
    waiting = [*query.iter_expressions(reverse=True)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Select) or (isinstance(node, exp.SetOperation) and not _is_link(node)):
            found.append(node)
        else:
            waiting += node.iter_expressions(reverse=True)
    return found


def _is_link(query: exp.Expr) -> bool:
    """Whether a union by name is part of a longer one."""
    return isinstance(query.parent, exp.SetOperation) and bool(query.args.get("by_name"))


def _write_out_replaced(query: exp.Select, columns: Columns, known: Known) -> None:
    written: list[exp.Expr] = []
    for projection in query.expressions:
        star = star_of(projection)
        replaced = {item.alias: item for item in (star.args.get("replace") if star else None) or []}
        if not replaced:
            written.append(projection)
            continue
        table = projection.table if isinstance(projection, exp.Column) else None
        written += [
            replaced.get(name) or exp.column(name, table=table or None)
            for name in columns.of_star(projection, query, known)
        ]
    query.set("expressions", written)


def _write_out_union(union: exp.SetOperation, columns: Columns, known: Known) -> None:
    names = columns.of_query(union, known)
    waiting: list[exp.Expr] = [union]
    while waiting:
        query = waiting.pop()
        if isinstance(query, exp.SetOperation) and query.args.get("by_name"):
            query.set("by_name", False)
            waiting += [query.this, query.expression]
        elif query is not union and (own := columns.of_query(query, known)) != names:
            shown = [exp.column(name) if name in own else exp.alias_(exp.null(), name) for name in names]
            query.replace(
                exp.select(*shown).from_(
                    exp.Subquery(this=query.copy(), alias=exp.TableAlias(this=exp.to_identifier("branch")))
                )
            )


# Rows


def _without_catalog(tree: exp.Expr) -> None:
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)


def _without_hints(tree: exp.Expr) -> None:
    """``as materialized`` is about speed."""
    for cte in tree.find_all(exp.CTE):
        cte.set("materialized", None)


def _rows_as_values(tree: exp.Expr) -> None:
    """A whole row as a value: ``own`` of ``from years as own`` is a struct."""
    for select in tree.find_all(exp.Select):
        origin = select.args.get("from_")
        joins = select.args.get("joins") or []
        aliases = {
            source.alias for source in ([origin.this] if origin else []) + [join.this for join in joins]
        }
        for projection in select.expressions:
            column = projection.this if isinstance(projection, exp.Alias) else projection
            if isinstance(column, exp.Column) and not column.table and column.name in aliases - {""}:
                column.replace(
                    exp.func("STRUCT", exp.Column(this=exp.Star(), table=exp.to_identifier(column.name)))
                )


def _unnested(tree: exp.Expr) -> None:
    """Several lists unnested side by side, or one within an expression, as a lateral view."""
    for select in [*tree.find_all(exp.Select)]:
        generators = [
            node
            for projection in select.expressions
            for node in projection.find_all(exp.Explode)
            if node.find_ancestor(exp.Select) is select
        ]
        plain = [item.this if isinstance(item, exp.Alias) else item for item in select.expressions]
        if not generators or (len(generators) == 1 and generators[0] in plain):
            continue
        if not select.args.get("from_"):
            _refuse(select, "lists unnested side by side stand above a table")
        names = [f"unnested_{number}" for number, _ in enumerate(generators, 1)]
        lists = [node.this for node in generators]
        for node, name in zip(generators, names, strict=True):
            node.replace(exp.column(name))
        view: exp.Expr = (
            exp.Explode(this=lists[0]) if len(lists) == 1 else exp.Inline(this=exp.func("ARRAYS_ZIP", *lists))
        )
        lateral = exp.Lateral(
            this=view,
            view=True,
            alias=exp.TableAlias(
                this=exp.to_identifier("unnested"), columns=[exp.to_identifier(name) for name in names]
            ),
        )
        select.append("laterals", lateral)
        for projection in select.expressions:
            if isinstance(projection, exp.Star):
                left_out = projection.args.get("except_") or []
                projection.set("except_", [*left_out, *map(exp.column, names)])


def _keys_of_the_best(tree: exp.Expr) -> None:
    """``min_by(x, (a, b))``: within a key a null is the greatest, in Spark the least."""
    for node in tree.find_all(exp.ArgMin, exp.ArgMax):
        key = node.expression
        if isinstance(key, exp.Tuple):
            parts = [(exp.Is(this=part.copy(), expression=exp.null()), part) for part in key.expressions]
            key.set("expressions", [item for pair in parts for item in pair])


def _windows_with_frames(tree: exp.Expr) -> None:
    """A named window that is given an order or a frame where it is used."""
    for window in [*tree.find_all(exp.Window)]:
        name = window.args.get("alias")
        if not name or not (window.args.get("spec") or window.args.get("order")):
            continue
        select = window.find_ancestor(exp.Select)
        assert select is not None
        named = next(item for item in select.args["windows"] if item.name == name.name)
        for part in ("partition_by", "order"):
            value = named.args.get(part)
            if value:
                window.set(part, [item.copy() for item in value] if isinstance(value, list) else value.copy())
        window.set("alias", None)


# Lists


def _aggregated_lists(tree: exp.Expr) -> None:
    """``list(x order by y)``, nulls kept, null where there is no row; Spark's has no order and no nulls."""
    for node in [*tree.find_all(exp.ArrayAgg)]:
        value, order = (
            (node.this.this, node.this.expressions) if isinstance(node.this, exp.Order) else (node.this, [])
        )
        if isinstance(value, exp.Distinct):
            _refuse(node, "a list of distinct values is told by list_distinct")
        fields: list[exp.Expr] = []
        for number, key in enumerate(order):
            is_null: exp.Expr = exp.Is(this=key.this.copy(), expression=exp.null())
            if key.args.get("nulls_first"):
                is_null = exp.Not(this=is_null)
            fields += [exp.Literal.string(f"n{number}"), is_null]
            fields += [exp.Literal.string(f"k{number}"), key.this.copy()]
        fields += [exp.Literal.string("v"), value.copy()]
        place = node.parent if isinstance(node.parent, exp.Filter) else node
        collected: exp.Expr = exp.func("COLLECT_LIST", exp.func("NAMED_STRUCT", *fields))
        if place is not node:
            collected = exp.Filter(this=collected, expression=place.expression.copy())
        in_order = (
            exp.func("ARRAY_SORT", collected.copy(), *_comparison(order)) if order else collected.copy()
        )
        values = exp.func("TRANSFORM", in_order, _lambda("e", "e.v"))
        place.replace(_null_if_empty(collected, values))


def _comparison(order: list[exp.Ordered]) -> list[exp.Expr]:
    """How two elements compare, where not as structs do: a key downwards."""
    if not any(key.args.get("desc") for key in order):
        return []
    cases = ""
    for number, key in enumerate(order):
        less, more = ("1", "-1") if key.args.get("desc") else ("-1", "1")
        cases += f" WHEN a.n{number} < b.n{number} THEN -1 WHEN a.n{number} > b.n{number} THEN 1"
        cases += f" WHEN a.k{number} < b.k{number} THEN {less} WHEN a.k{number} > b.k{number} THEN {more}"
    return [_lambda("a", f"CASE{cases} ELSE 0 END", "b")]


def _lambda(name: str, body: str, *others: str) -> exp.Expr:
    return exp.Lambda(
        this=sqlglot.parse_one(body, read="spark"),
        expressions=[exp.to_identifier(item) for item in (name, *others)],
    )


def _null_if_empty(collected: exp.Expr, value: exp.Expr) -> exp.Expr:
    empty = exp.EQ(this=exp.func("SIZE", collected.copy()), expression=exp.Literal.number(0))
    return exp.If(this=empty, true=exp.null(), false=value)


def _aggregated_texts(tree: exp.Expr) -> None:
    """``string_agg(distinct …)``: Spark 4.3 fails on it where it is filtered."""
    for node in [*tree.find_all(exp.GroupConcat)]:
        order = node.this if isinstance(node.this, exp.Order) else None
        inner = order.this if order else node.this
        if not isinstance(inner, exp.Distinct):
            continue
        (value,) = inner.expressions
        keys = order.expressions if order else []
        if len(keys) != 1 or keys[0].this != value or keys[0].args.get("desc"):
            _refuse(node, "distinct texts are put together in their own order")
        place = node.parent if isinstance(node.parent, exp.Filter) else node
        collected: exp.Expr = exp.func("COLLECT_SET", value.copy())
        if place is not node:
            collected = exp.Filter(this=collected, expression=place.expression.copy())
        text = exp.func("ARRAY_JOIN", exp.func("ARRAY_SORT", collected.copy()), node.args["separator"].copy())
        place.replace(_null_if_empty(collected, text))


def _joined_lists(tree: exp.Expr) -> None:
    """``array_to_string``: null where there are nulls alone."""
    for node in [*tree.find_all(exp.ArrayToString)]:
        joined = exp.func("ARRAY_JOIN", node.this.copy(), node.expression.copy())
        size, told = (
            exp.func("SIZE", node.this.copy()),
            exp.func("SIZE", exp.func("ARRAY_COMPACT", node.this.copy())),
        )
        zero = exp.Literal.number(0)
        nulls_alone = exp.and_(exp.GT(this=size, expression=zero), exp.EQ(this=told, expression=zero.copy()))
        node.replace(exp.If(this=nulls_alone, true=exp.null(), false=joined))


def _lists_in_common(tree: exp.Expr) -> None:
    """``list_has_any``: a null is in common with nothing."""
    for node in [*tree.find_all(exp.ArrayOverlaps)]:
        sides = (exp.func("ARRAY_COMPACT", side.copy()) for side in (node.this, node.expression))
        node.replace(exp.func("ARRAYS_OVERLAP", *sides))


def _commonest_values(tree: exp.Expr) -> None:
    """``mode(x order by x)``: of several that are as common the first."""
    for node in [*tree.find_all(exp.Mode)]:
        if not isinstance(node.this, exp.Order):
            _refuse(node, "of several values that are as common one must be named")
        node.replace(
            exp.WithinGroup(
                this=exp.Mode(), expression=exp.Order(expressions=[node.this.expressions[0].copy()])
            )
        )


def _distinct_in_windows(tree: exp.Expr) -> None:
    """``count(distinct x) over``: Spark counts distinct values of groups alone."""
    for window in [*tree.find_all(exp.Window)]:
        count = window.this
        if isinstance(count, exp.Count) and isinstance(count.this, exp.Distinct):
            (value,) = count.this.expressions
            window.set("this", exp.func("COLLECT_SET", value.copy()))
            size = exp.func("SIZE", window.copy())
            window.replace(exp.Cast(this=size, to=exp.DataType.build("bigint")))


def _parts_of_lists(tree: exp.Expr) -> None:
    """``list[2]`` and ``list[2:3]``; beyond the end is null, or what there is."""
    for node in [*tree.find_all(exp.Bracket)]:
        (part,) = node.expressions
        if isinstance(part, exp.Slice):
            first, last = part.this, part.expression
            size = exp.func("SIZE", node.this.copy()) if last is None else last
            if first is None or not isinstance(first, exp.Literal):
                _refuse(node, "a part of a list begins at a number")
            length = (
                size
                if first.name == "1"
                else exp.Sub(this=size, expression=exp.Literal.number(int(first.name) - 1))
            )
            node.replace(exp.func("SLICE", node.this.copy(), first.copy(), length.copy()))
        elif isinstance(part, exp.Literal) and not part.is_string:
            node.replace(exp.func("GET", node.this.copy(), part.copy()))
        else:
            _refuse(node, "an element of a list stands at a number, a character is told by substr")


def _comprehensions(tree: exp.Expr) -> None:
    for node in [*tree.find_all(exp.Comprehension)]:
        name = node.expression.name
        source = node.args["iterator"].copy()
        condition = node.args.get("condition")
        if condition:
            source = exp.func(
                "FILTER", source, exp.Lambda(this=condition.copy(), expressions=[exp.to_identifier(name)])
            )
        made = exp.func(
            "TRANSFORM", source, exp.Lambda(this=node.this.copy(), expressions=[exp.to_identifier(name)])
        )
        (node.parent if isinstance(node.parent, exp.Array) else node).replace(made)


def _lists_without_nulls(tree: exp.Expr) -> None:
    """``list_distinct`` and ``flatten`` pass over nulls."""
    for distinct in [*tree.find_all(exp.ArrayDistinct)]:
        distinct.replace(exp.func("ARRAY_DISTINCT", exp.func("ARRAY_COMPACT", distinct.this.copy())))
    for named in [*tree.find_all(exp.Anonymous)]:
        if named.name.upper() == "LIST_INTERSECT":
            named.replace(exp.func("ARRAY_INTERSECT", *named.expressions))
        elif named.name.upper() == "LIST_HAS_ALL":
            whole, part = named.expressions
            lacking = exp.func("SIZE", exp.func("ARRAY_EXCEPT", part.copy(), whole.copy()))
            named.replace(exp.EQ(this=lacking, expression=exp.Literal.number(0)))
    for flat in [*tree.find_all(exp.Flatten)]:
        flat.set("this", exp.func("ARRAY_COMPACT", flat.this.copy()))
    for ordered in tree.find_all(exp.ArraySort):
        ordered.set("nulls_first", None)


# Text and numbers


def _whole_matches(tree: exp.Expr) -> None:
    for node in [*tree.find_all(exp.RegexpFullMatch)]:
        pattern = node.expression
        if isinstance(pattern, exp.Literal):
            whole: exp.Expr = exp.Literal.string(f"^(?:{pattern.name})$")
        else:
            whole = exp.Concat(
                expressions=[exp.Literal.string("^(?:"), pattern.copy(), exp.Literal.string(")$")],
                coalesce=False,
            )
        node.replace(exp.RegexpLike(this=node.this.copy(), expression=whole))


def _replaced_patterns(tree: exp.Expr) -> None:
    """Java's groups are ``$1``, and Spark replaces every match: without 'g' there must be one at most."""
    for node in tree.find_all(exp.RegexpReplace):
        modifiers = node.args.get("modifiers")
        pattern, replacement = node.expression, node.args["replacement"]
        if not (modifiers and "g" in modifiers.name):
            first = next(pattern.find_all(exp.Literal, bfs=False), None)
            head = first.name if first else ""
            if not (head.startswith("^") or (isinstance(pattern, exp.Literal) and head.endswith("$"))):
                _refuse(node, "a pattern that may match twice takes 'g'")
        if isinstance(replacement, exp.Literal):
            text = _GROUP.sub(r"$\1", replacement.name.replace("$", r"\$"))
            node.set("replacement", exp.Literal.string(text))
        node.set("modifiers", None)
        node.set("single_replace", None)


def _single_characters(tree: exp.Expr) -> None:
    for node in [*tree.find_all(exp.Split)]:
        if node.expression.name == "" and isinstance(node.expression, exp.Literal):
            node.replace(exp.Anonymous(this="SPLIT", expressions=[node.this.copy(), exp.Literal.string("")]))


def _quotients(tree: exp.Expr) -> None:
    """DuckDB divides decimals as doubles."""
    for node in tree.find_all(exp.Div):
        for side in ("this", "expression"):
            node.set(side, exp.cast(node.args[side].copy(), "double"))


def _times_cut_short(tree: exp.Expr) -> None:
    """``date_trunc`` of a time without a zone has none either; Spark's has that of the session, UTC."""
    for node in [*tree.find_all(exp.TimestampTrunc)]:
        node.replace(exp.cast(node.copy(), "timestampntz"))


_CHANGES = (
    _without_catalog,
    _without_hints,
    _rows_as_values,
    _unnested,
    _keys_of_the_best,
    _windows_with_frames,
    _aggregated_lists,
    _joined_lists,
    _lists_in_common,
    _aggregated_texts,
    _commonest_values,
    _distinct_in_windows,
    _parts_of_lists,
    _comprehensions,
    _lists_without_nulls,
    _whole_matches,
    _replaced_patterns,
    _single_characters,
    _quotients,
    _times_cut_short,
)
