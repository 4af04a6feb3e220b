"""The folder of all state and the secrets in it."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from salus.config import home


@pytest.fixture(autouse=True)
def fresh_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("SALUS_HOME", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return folder


@pytest.mark.guarantee("S16")
def test_every_secret_is_closed_to_others(fresh_home: Path) -> None:
    home.secret_key()
    home.keyring_path()
    home.demo_password()
    home.database_dsn("owner")
    home.database_dsn("app")
    home.superuser_dsn()
    for path in (fresh_home, *fresh_home.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_secret_is_made_once_however_many_ask_at_once() -> None:
    with ThreadPoolExecutor(20) as crowd:
        assert len(set(crowd.map(lambda _: home.secret_key(), range(100)))) == 1


def test_the_demonstrations_password_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made = home.demo_password()
    assert home.recorded_demo_password() == home.demo_password() == made
    monkeypatch.setenv("SALUS_DEMO_PASSWORD", "chosen by a person")
    assert home.demo_password() == "chosen by a person"
    monkeypatch.delenv("SALUS_DEMO_PASSWORD")
    assert home.demo_password() == "chosen by a person"


def test_a_socket_fits_however_long_the_path_of_the_home_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_HOME", str(tmp_path / ("x" * 100)))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert len(home.place().sockets) < 80
    assert home.place() == home.place()
    Path(home.place().sockets).rmdir()


def test_a_new_home_at_an_old_path_has_a_place_of_its_own(fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    before = home.place().data
    fresh_home.rename(fresh_home.with_name("gone"))
    assert home.place().data != before


def test_the_hospitals_own_server_is_the_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://boss:secret@db.example:5433/hospital")
    assert home.database_dsn("owner") == home.database_dsn("app") == "postgresql://boss:secret@db.example:5433/hospital"


def test_the_application_uses_the_role_that_was_made_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://boss:secret@db.example:5433/hospital"
    monkeypatch.setenv("DATABASE_URL", url)
    home.write_secret(home.role_file("app", url), "hospital_app")
    app = conninfo_to_dict(home.database_dsn("app"))
    assert (app["user"], app["host"], app["dbname"]) == ("hospital_app", "db.example", "hospital")
    assert app["password"] != "secret"
    assert conninfo_to_dict(home.database_dsn("owner"))["user"] == "boss"


def test_a_role_made_on_one_server_is_not_looked_for_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    home.write_secret(home.role_file("app", "postgresql://boss:secret@one/hospital"), "hospital_app")
    monkeypatch.setenv("DATABASE_URL", "postgresql://boss:secret@two/hospital")
    assert home.database_dsn("app") == "postgresql://boss:secret@two/hospital"


def test_an_application_role_that_the_hospital_made_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://boss:secret@db/hospital")
    monkeypatch.setenv("SALUS_APP_DATABASE_URL", "postgresql://app:other@db/hospital")
    assert home.database_dsn("app") == "postgresql://app:other@db/hospital"
