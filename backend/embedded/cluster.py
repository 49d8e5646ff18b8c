"""Make a PostgreSQL data folder with its roles and its database, whole or not at all."""

import os
import secrets
import shutil
import subprocess
import tomllib
from pathlib import Path

from backend.embedded.child import ending_with_parent
from backend.embedded.identity import Identity
from backend.embedded.postgres_environment import DEATH_SIGNAL, server_environment

SUPERUSER = "postgres"
OWNER = "owner"
APP = "app"
DATABASE = "dianyuan"


class ClusterError(RuntimeError):
    """The data folder could not be made or does not fit."""


def role_passwords(var_dir: Path) -> dict[str, str]:
    """Return the password of each role, drawn once and readable by this user only."""
    path = var_dir / "postgres.toml"
    if path.exists():
        return {name: str(value) for name, value in tomllib.loads(path.read_text()).items()}
    drawn = {name: secrets.token_urlsafe(24) for name in (SUPERUSER, OWNER, APP)}
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text("".join(f'{name} = "{password}"\n' for name, password in drawn.items()))
    draft.rename(path)
    return drawn


def create_cluster(data: Path, binaries: Path, identity: Identity, passwords: dict[str, str], *, fsync: bool) -> None:
    """Fill the data folder beside itself and move it into place at the end, so that a crash leaves no half of one."""
    draft = data.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    initdb: list[Path | str] = [
        *(binaries / "initdb", "-D", draft, "-U", SUPERUSER, "--auth=scram-sha-256", "--pwfile=/dev/stdin"),
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *("--no-instructions", *([] if fsync else ["--no-sync"])),
    ]
    _run(initdb, passwords[SUPERUSER] + "\n", identity)
    single: list[Path | str] = [
        *(binaries / "postgres", "--single", "-D", draft, "-c", "exit_on_error=on", "-c", "log_checkpoints=off"),
        *("-c", f"fsync={'on' if fsync else 'off'}", "postgres"),
    ]
    _run(single, _roles(passwords), identity)
    draft.rename(data)


def give_to(data: Path, uid: int) -> None:
    """Make the data folder belong to the user who will serve it; quick when it does already."""
    if data.stat().st_uid == uid:
        return
    for folder, _, files in os.walk(data):
        for name in ("", *files):
            os.chown(Path(folder, name), uid, -1, follow_symlinks=False)


def _roles(passwords: dict[str, str]) -> str:
    """Return one statement a line: that is what the single-user server reads."""
    plain = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    return "\n".join(
        [
            f"CREATE ROLE \"{OWNER}\" {plain} PASSWORD '{passwords[OWNER]}'",
            f"CREATE ROLE \"{APP}\" {plain} PASSWORD '{passwords[APP]}'",
            f'CREATE DATABASE "{DATABASE}" OWNER "{OWNER}"',
            f'REVOKE ALL ON DATABASE "{DATABASE}" FROM PUBLIC',
            # The schema public belongs to the owner of the database and is open to use, since PostgreSQL 15.
            f'GRANT CONNECT, TEMPORARY ON DATABASE "{DATABASE}" TO "{APP}"',
            "",
        ]
    )


def _run(argv: list[Path | str], text: str, identity: Identity) -> None:
    ended = subprocess.run(
        argv,
        input=text.encode(),
        capture_output=True,
        check=False,
        env=server_environment(),
        cwd="/",
        start_new_session=True,
        preexec_fn=ending_with_parent(DEATH_SIGNAL, identity.become),
    )
    if ended.returncode != 0:
        said = ended.stderr.decode(errors="replace").strip()[-1000:]
        raise ClusterError(f"{Path(argv[0]).name} ended with {ended.returncode}: {said}")
