"""KQL, carried out by DuckDB over the records of the tables that a query may see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import reduce
from operator import and_

import duckdb
import duckdb_kql
from duckdb import ColumnExpression, ConstantExpression, DuckDBPyConnection, Expression, FunctionExpression
from duckdb_kql.types import kusto_type

from deployments.emulator.services.log_analytics import refusals
from deployments.emulator.services.log_analytics.queries import Query, Result
from deployments.emulator.services.log_analytics.wire import written
from deployments.emulator.telemetry.tables import FOUND_FROM, TABLES

MAXIMUM_BYTES = 100_000_000  # of a result, as the service limits it
ROWS_AT_ONCE = 10_000
SQL_TYPES = {"datetime": "TIMESTAMP", "int": "INTEGER", "real": "DOUBLE", "string": "VARCHAR"}
NO_SUCH_TABLE = re.compile(r'Table with name "?([^"\s]+?)"? does not exist')
NO_SUCH_COLUMN = re.compile(r'[Cc]olumn "?([^"\s]+?)"? (?:was )?(?:not found|does not exist)|column named "([^"]+)"')
SIZED_AGGREGATE = re.compile(r"\bmake_(list|set)\s*\(", re.IGNORECASE)
PERCENTILES = re.compile(r"(?<!=)(?<!= )\bpercentiles\(\s*(\w+)\s*,([\d.,\s]+)\)")
OPENING, CLOSING = "([{", ")]}"


def connect() -> DuckDBPyConnection:
    """A database of its own for one query: in memory, on one thread, without files of its own, fetching nothing."""
    return duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": "1GB",
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


def answer(query: Query, connection: DuckDBPyConnection) -> Result:
    """Carry out a query.

    Raises:
        QueryError: 400, where it doesn't parse, names what isn't there, or uses KQL that the emulator doesn't know.
    """
    sql = _translated(query)
    connection.execute("SET TimeZone='UTC'")
    for table, columns in TABLES.items():
        _load(connection, query, table, columns)
    # From here on the text of a stranger is carried out: it reads the tables, and nothing else.
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    try:
        connection.execute(str(sql), sql.parameters or None)
        return _fetch(connection, query.maximum_rows)
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise _told(str(error)) from error


def _translated(query: Query) -> duckdb_kql.TranslationResult:
    text = query.text.strip()
    if text.startswith("."):
        raise refusals.syntax_error("mismatched input '.'", 1, 0)
    if _has_sized_aggregate(text):
        raise refusals.not_in_the_emulator("the size argument of make_list() and make_set()")
    try:
        sql = duckdb_kql.to_sql(
            _with_single_percentiles(text),
            schema={table: list(columns) for table, columns in TABLES.items()},
            allow_write=False,
            query_now=datetime.fromtimestamp(query.now, UTC),
        )
    except duckdb_kql.KqlSyntaxError as error:
        span = error.diagnostics[0].span if error.diagnostics else None
        raise refusals.syntax_error(str(error), span.line if span else 1, span.column if span else 0) from error
    except duckdb_kql.KqlUnsupportedError as error:
        raise refusals.not_in_the_emulator(f"{error.construct} ({error.hint or 'not translated'})") from error
    except duckdb_kql.KqlSchemaError as error:
        raise refusals.unresolved(error.name) from error
    except duckdb_kql.KqlError as error:
        raise refusals.semantic_error(str(error)) from error
    if sql.unbound:
        raise refusals.semantic_error(f"Query parameters without a value: {', '.join(sql.unbound)}")
    return sql


def _with_single_percentiles(text: str) -> str:
    """`percentiles(x, 50, 95)` as one percentile each: the same columns, by the only name that is translated."""
    return PERCENTILES.sub(
        lambda found: ", ".join(f"percentile({found[1]}, {each.strip()})" for each in found[2].split(",")), text
    )


def _has_sized_aggregate(text: str) -> bool:
    """Return whether make_list or make_set is given a size, which the translation would drop silently."""
    return any(_has_comma(text, found.end()) for found in SIZED_AGGREGATE.finditer(text))


def _has_comma(text: str, start: int) -> bool:
    depth = 0
    for character in text[start:]:
        if character in CLOSING and depth == 0:
            return False
        depth += (character in OPENING) - (character in CLOSING)
        if character == "," and depth == 0:
            return True
    return False


def _load(connection: DuckDBPyConnection, query: Query, table: str, columns: dict[str, str]) -> None:
    types = {name: SQL_TYPES[kind] for name, kind in columns.items()}
    names = list(types)
    files = [str(file) for file in query.files.get(table, [])]
    if not files:
        connection.execute(f'CREATE TABLE "{table}" ({", ".join(f"{name} {kind}" for name, kind in types.items())})')
        return
    types[FOUND_FROM] = SQL_TYPES["datetime"]
    records = connection.read_json(files, format="newline_delimited", columns=types)
    records.filter(reduce(and_, _conditions(query))).select(*names).create(table)


def _conditions(query: Query) -> Iterator[Expression]:
    found_from, now = ColumnExpression(FOUND_FROM), datetime.fromtimestamp(query.now, UTC).replace(tzinfo=None)
    yield found_from.isnull() | (found_from <= ConstantExpression(now))
    if query.below:
        resource = ColumnExpression("_ResourceId")
        inside = FunctionExpression("starts_with", resource, ConstantExpression(f"{query.below}/"))
        yield (resource == ConstantExpression(query.below)) | inside
    if query.limits:
        first, last = (moment.astimezone(UTC).replace(tzinfo=None) for moment in query.limits)
        yield ColumnExpression("TimeGenerated").between(ConstantExpression(first), ConstantExpression(last))


def _fetch(connection: DuckDBPyConnection, maximum_rows: int) -> Result:
    kinds = [(str(column[0]), kusto_type(column[1])) for column in connection.description or []]
    result = Result([{"name": name, "type": kind} for name, kind in kinds])
    size = 0
    while rows := connection.fetchmany(ROWS_AT_ONCE):
        for row in rows:
            values = [written(value, kind) for value, (_, kind) in zip(row, kinds, strict=True)]
            size += sum(len(value) if isinstance(value, str) else 8 for value in values)
            if len(result.rows) == maximum_rows or size > MAXIMUM_BYTES:
                limit = f"{maximum_rows} records" if size <= MAXIMUM_BYTES else f"{MAXIMUM_BYTES} bytes"
                result.cut_off = refusals.too_much(limit)
                return result
            result.rows.append(values)
    return result


def _told(message: str) -> refusals.QueryError:
    table, column = NO_SUCH_TABLE.search(message), NO_SUCH_COLUMN.search(message)
    if table:
        return refusals.unresolved(table[1])
    if column:
        return refusals.unresolved(column[1] or column[2])
    return refusals.semantic_error(message.splitlines()[0])
