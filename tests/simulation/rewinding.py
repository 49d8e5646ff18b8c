"""Bring the database back to where every seed begins: the same rows, the same next numbers."""

from typing import Any

from sqlalchemy import Engine

from backend.tables import METADATA

SEQUENCES = """SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), coalesce(last_value, 0)
FROM pg_sequences ORDER BY 1"""


class Rewinding:
    """Remembers a database and restores it."""

    def __init__(self, superuser: Engine) -> None:
        self._superuser = superuser
        self._tables = [table.name for table in METADATA.sorted_tables]
        self._rows: dict[str, bytes] = {}
        self._script = ""

    def empty(self) -> None:
        """Delete every row."""
        with self._superuser.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for table in self._tables:
                connection.exec_driver_sql(f'DELETE FROM "{table}"')

    def remember(self) -> None:
        """Take the present rows and numbers as the beginning."""
        with self._superuser.begin() as connection:
            cursor = _cursor(connection)
            for table in self._tables:
                with cursor.copy(f'COPY (SELECT * FROM "{table}") TO STDOUT') as copy:
                    rows = b"".join(bytes(part) for part in copy)
                if rows:
                    self._rows[table] = rows
            numbers = connection.exec_driver_sql(SEQUENCES).all()
        deletions = [f'DELETE FROM "{table}"' for table in self._tables]
        resets = [f"SELECT setval('{name}', {max(value, 1)}, {bool(value)})" for name, value in numbers]
        self._script = ";".join(["SET LOCAL session_replication_role = replica", *deletions, *resets])

    def rewind(self) -> None:
        """Restore them."""
        with self._superuser.begin() as connection:
            cursor = _cursor(connection)
            cursor.execute(self._script)
            for table, rows in self._rows.items():
                with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                    copy.write(rows)


def _cursor(connection: Any) -> Any:
    return connection.connection.driver_connection.cursor()
