from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from service.store.database import Database, open_database
from service.store.writer import Writer
from tests.postgres import Server

Job = Callable[[Connection], object]


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    writer = Writer(database)
    yield writer
    writer.close()


@contextmanager
def counted(database: Database, what: str) -> Iterator[list[str]]:
    """How often the engine did `what`: begin, commit or rollback."""
    seen: list[str] = []

    def note(_: Connection) -> None:
        seen.append(what)

    event.listen(database.engine, what, note)
    yield seen
    event.remove(database.engine, what, note)


async def together(writer: Writer, *jobs: Job) -> list[object]:
    """Hand jobs in while the thread is busy with another, so that they share a commit; their results or errors."""
    busy, go_on = threading.Event(), threading.Event()

    def wait(_: Connection) -> None:
        busy.set()
        go_on.wait(10)

    first = asyncio.create_task(writer.run(wait))
    await asyncio.to_thread(busy.wait, 10)
    rest = [asyncio.create_task(writer.run(job)) for job in jobs]
    await asyncio.sleep(0)  # every task runs up to its handing in
    go_on.set()
    await first
    return list(await asyncio.gather(*rest, return_exceptions=True))


def adding(database: Database, customer: str) -> Job:
    def add(connection: Connection) -> str:
        connection.execute(insert(database.tables.contacts).values(customer_id=customer))
        return customer

    return add


def failing(error: BaseException) -> Job:
    def fail(_: Connection) -> None:
        raise error

    return fail


def customers(database: Database) -> list[str]:
    c = database.tables.contacts.c
    with database.reading() as connection:
        return list(connection.execute(select(c.customer_id).order_by(c.customer_id)).scalars())


def test_a_result_comes_after_its_commit(database: Database, writer: Writer) -> None:
    async def scenario() -> None:
        assert await writer.run(adding(database, "one")) == "one"
        assert customers(database) == ["one"]

    asyncio.run(scenario())


def test_jobs_that_wait_share_a_commit(database: Database, writer: Writer) -> None:
    names = [f"{number:03}" for number in range(100)]
    with counted(database, "commit") as commits:
        results = asyncio.run(together(writer, *(adding(database, name) for name in names)))
    assert results == names
    assert customers(database) == names
    assert len(commits) == 2  # the job that kept the thread busy has its own


def test_a_commit_has_its_bound(database: Database, writer: Writer) -> None:
    with counted(database, "commit") as commits:
        asyncio.run(together(writer, *[lambda _: None] * 600))
    assert len(commits) == 4  # 1 + 256 + 256 + 88


def test_jobs_keep_their_order_and_see_those_before(database: Database, writer: Writer) -> None:
    count = select(func.count()).select_from(database.tables.contacts)

    def add_next(connection: Connection) -> int:
        before: int = connection.execute(count).scalar_one()
        connection.execute(insert(database.tables.contacts).values(customer_id=str(before)))
        return before

    jobs: list[Job] = [add_next] * 20
    jobs[7] = failing(ValueError("no"))
    results = asyncio.run(together(writer, *jobs))
    assert [one for one in results if not isinstance(one, ValueError)] == list(range(19))
    assert isinstance(results[7], ValueError)


@pytest.mark.parametrize("bad", [[0], [4], [9], [0, 9], [3, 4, 5], list(range(10))])
def test_a_job_that_fails_does_no_harm(database: Database, writer: Writer, bad: list[int]) -> None:
    def half_done(connection: Connection) -> None:
        connection.execute(insert(database.tables.contacts).values(customer_id="half done"))
        raise ValueError("no")

    names = [str(number) for number in range(10)]
    results = asyncio.run(
        together(writer, *(half_done if number in bad else adding(database, names[number]) for number in range(10)))
    )
    good = [name for name in names if int(name) not in bad]
    assert [one for one in results if isinstance(one, str)] == good
    assert [number for number, one in enumerate(results) if isinstance(one, ValueError)] == bad
    assert customers(database) == good


def test_a_few_failures_cost_a_few_commits(database: Database, writer: Writer) -> None:
    jobs = [adding(database, f"{number:03}") for number in range(200)]
    jobs[50] = jobs[150] = failing(ValueError("no"))
    with counted(database, "begin") as begun:
        asyncio.run(together(writer, *jobs))
    # Each failure: the attempt, those before it again, and itself alone; then the rest; and the one that kept busy.
    assert len(begun) == 1 + 2 * 3 + 1


def test_a_constraint_that_a_job_breaks_is_its_own_error(database: Database, writer: Writer) -> None:
    results = asyncio.run(together(writer, *(adding(database, name) for name in ("one", "two", "one", "three"))))
    assert isinstance(results.pop(2), IntegrityError)
    assert results == ["one", "two", "three"]
    assert customers(database) == ["one", "three", "two"]


def test_a_job_that_passes_over_an_error_does_no_harm(database: Database, writer: Writer) -> None:
    """PostgreSQL then refuses the jobs that follow, and undoes those before without saying so."""

    def careless(connection: Connection) -> str:
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT * FROM no_such_table"))
        return "done"

    results = asyncio.run(together(writer, adding(database, "one"), careless, adding(database, "two")))
    assert (results[0], results[2]) == ("one", "two")
    assert isinstance(results[1], RuntimeError) if database.is_postgresql else results[1] == "done"
    assert customers(database) == ["one", "two"]


@pytest.mark.parametrize(
    "error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError(), StopIteration(3)]
)
def test_a_job_cannot_end_the_thread_or_who_waits(database: Database, writer: Writer, error: BaseException) -> None:
    results = asyncio.run(together(writer, adding(database, "one"), failing(error), adding(database, "two")))
    assert (results[0], results[2]) == ("one", "two")
    assert isinstance(results[1], RuntimeError)
    assert results[1].__cause__ is error
    assert type(error).__name__ in str(results[1])


def test_who_gives_up_waiting_takes_nothing_back(database: Database, writer: Writer) -> None:
    async def scenario() -> None:
        go_on = threading.Event()
        busy = asyncio.create_task(writer.run(lambda _: go_on.wait(10)))
        given_up = asyncio.create_task(writer.run(adding(database, "one")))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        go_on.set()
        await busy
        await writer.run(adding(database, "two"))

    asyncio.run(scenario())
    assert customers(database) == ["one", "two"]


def test_a_loop_that_is_gone_does_not_end_the_thread(database: Database, writer: Writer) -> None:
    go_on = threading.Event()

    async def leave() -> None:
        waiting = asyncio.create_task(writer.run(lambda _: go_on.wait(10)))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())
    go_on.set()
    assert asyncio.run(writer.run(adding(database, "one"))) == "one"


def test_several_loops_are_answered_from_one_commit(database: Database, writer: Writer) -> None:
    def some(start: int) -> None:
        async def add() -> list[object]:
            return list(await asyncio.gather(*(writer.run(adding(database, f"{start + n}")) for n in range(50))))

        results.append(asyncio.run(add()))

    results: list[list[object]] = []
    threads = [threading.Thread(target=some, args=(start,)) for start in (1000, 2000, 3000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(one) for group in results for one in group) == customers(database)
    assert len(customers(database)) == 150


def test_closing_finishes_what_was_handed_in(database: Database) -> None:
    async def scenario() -> list[object]:
        writer = Writer(database)
        go_on = threading.Event()
        tasks = [asyncio.create_task(writer.run(lambda _: go_on.wait(10)))]
        tasks += [asyncio.create_task(writer.run(adding(database, f"{number:03}"))) for number in range(300)]
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.to_thread(writer.close)
        with pytest.raises(RuntimeError, match="the writer is closed"):
            await writer.run(adding(database, "late"))
        writer.close()
        return list(await asyncio.gather(*tasks))

    assert len(asyncio.run(scenario())) == 301
    assert len(customers(database)) == 300


@contextmanager
def gone(database: Database, request: pytest.FixtureRequest) -> Iterator[None]:
    """Nobody can write to the store while the block lasts."""
    if database.is_postgresql:
        server: Server = request.getfixturevalue("postgresql")
        server.refuse(database.url, True)
        yield
        server.refuse(database.url, False)
    else:
        # Another process that does not let go of the file.
        with database.writing():
            yield


def test_a_database_that_is_gone_is_an_error_for_all_who_wait(
    database_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One attempt for all of them: each on its own would wait for as long as the first did."""
    monkeypatch.setattr("service.store.database._PATIENCE", 0.2)
    database = open_database(database_url)
    writer = Writer(database)
    with gone(database, request), counted(database, "begin") as begun:
        results = asyncio.run(together_while_gone(writer, [adding(database, str(number)) for number in range(50)]))
        assert all(isinstance(one, DBAPIError) for one in results)
        assert len(begun) <= 2
    assert asyncio.run(writer.run(adding(database, "back"))) == "back"
    writer.close()
    assert customers(database) == ["back"]
    database.close()


async def together_while_gone(writer: Writer, jobs: list[Job]) -> list[object]:
    return list(await asyncio.gather(*(writer.run(job) for job in jobs), return_exceptions=True))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_is_lost_in_the_middle(database: Database, writer: Writer, postgresql: Server) -> None:
    def lose(connection: Connection) -> None:
        postgresql.disconnect_all(database.url)
        connection.execute(text("SELECT 1"))

    with counted(database, "begin") as begun:
        results = asyncio.run(together(writer, adding(database, "one"), lose, adding(database, "two")))
    assert [isinstance(one, DBAPIError) for one in results] == [True, True, True]
    assert len(begun) == 2
    assert asyncio.run(writer.run(adding(database, "three"))) == "three"
    assert customers(database) == ["three"]
