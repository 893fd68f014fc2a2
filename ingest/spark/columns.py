"""What columns a query gives, in their order: what ``union by name`` and ``* replace`` need to know."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from sqlglot import exp

#: The columns of a table or view of the warehouse, by schema and name.
ColumnsOf = Callable[[str, str], Sequence[str]]
#: The columns of every common table expression in reach, by name; told when asked.
Known = Mapping[str, Callable[[], list[str]]]


class UnknownColumns(ValueError):
    """The columns of a query cannot be told from its text."""


class Columns:
    """Answers for one statement; a table of the warehouse is looked up only where its columns matter."""

    def __init__(self, columns_of: ColumnsOf) -> None:
        self._of_table = cache(columns_of)

    def within(self, query: exp.Expr, known: Known) -> Known:
        """``known`` and the common table expressions of ``query`` itself."""
        reach = dict(known)
        for cte in query.ctes if isinstance(query, exp.Query) else ():
            reach[cte.alias] = self._later(cte.this, dict(reach))
        return reach

    def of_query(self, query: exp.Expr, known: Known) -> list[str]:
        """Names of the columns of a query, its stars written out. Raises UnknownColumns."""
        query = query.unnest() if isinstance(query, exp.Subquery) else query
        known = self.within(query, known)
        if isinstance(query, exp.SetOperation):
            left = self.of_query(query.left, known)
            if not query.args.get("by_name"):
                return left
            return left + [name for name in self.of_query(query.right, known) if name not in left]
        if not isinstance(query, exp.Select):
            raise UnknownColumns(query.sql("duckdb")[:200])
        return [
            name
            for projection in query.expressions
            for name in (
                self.of_star(projection, query, known) if star_of(projection) else [_name(projection)]
            )
        ]

    def of_star(self, projection: exp.Expr, query: exp.Select, known: Known) -> list[str]:
        """The columns that ``*`` or ``table.*`` of ``query`` stands for, without those it leaves out."""
        star = star_of(projection)
        assert star is not None
        left_out = {item.name for item in star.args.get("except_") or []}
        table = projection.table if isinstance(projection, exp.Column) else ""
        return [
            name
            for source, shared in _sources(query)
            if not table or source.alias_or_name == table
            for name in self._of_source(source, known)
            if name not in left_out and (table or name not in shared)
        ]

    def _of_source(self, source: exp.Expr, known: Known) -> list[str]:
        alias = source.args.get("alias")
        if alias and alias.columns:
            return [column.name for column in alias.columns]
        if isinstance(source, exp.Table):
            if source.db:
                return list(self._of_table(source.db, source.name))
            if source.name in known:
                return known[source.name]()
        if isinstance(source, exp.Lateral):
            source = source.this
        if isinstance(source, exp.Subquery):
            return self.of_query(source.this, known)
        raise UnknownColumns(source.sql("duckdb")[:200])

    def _later(self, query: exp.Expr, known: Known) -> Callable[[], list[str]]:
        return cache(lambda: self.of_query(query, known))


def star_of(projection: exp.Expr) -> exp.Star | None:
    """The star of ``*`` or ``table.*``; None of another projection."""
    star = projection.this if isinstance(projection, exp.Column) else projection
    return star if isinstance(star, exp.Star) else None


def _sources(query: exp.Select) -> list[tuple[exp.Expr, set[str]]]:
    """The sources whose columns a star shows, each with those that ``using`` shows already."""
    origin = query.args.get("from_")
    sources: list[tuple[exp.Expr, set[str]]] = [(origin.this, set())] if origin else []
    for join in query.args.get("joins") or []:
        if join.kind not in ("SEMI", "ANTI"):
            sources.append((join.this, {column.name for column in join.args.get("using") or []}))
    return sources


def _name(projection: exp.Expr) -> str:
    if not projection.alias_or_name:
        raise UnknownColumns(projection.sql("duckdb")[:200])
    return projection.alias_or_name
