"""Who does the work: this process, some processes of this machine, or a Dask cluster. One of them may die at any time."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, Protocol, TypeVar

from kgtools.faults import Fault

A = TypeVar("A")
B = TypeVar("B")
# A task on which so many workers died, one after the other, is at fault itself.
TRIES = 4
# A scheduler spends more time on a task than a worker on a small dossier, so it is given several of them as one.
BATCH = 16
PATIENCE = 15  # seconds for a scheduler to answer
LONELY = 60  # seconds for a worker to come, where there is none
_DIED = "worker after worker died on it"
_CURE = "free some memory, or run with --workers 1 to see the error itself"


class Workers(Protocol):
    """Whoever does tasks, in any order."""

    def done(self, task: Callable[[A], B], inputs: Iterable[A]) -> Iterator[B]:
        """Yield what a task gives for each input, as it comes; raise what the task raises, Fault if workers keep dying."""


class Here:
    """This process."""

    def done(self, task: Callable[[A], B], inputs: Iterable[A]) -> Iterator[B]:
        """Yield what a task gives for each input."""
        return map(task, inputs)


class Processes:
    """Some processes of this machine, started anew where one of them dies."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._number, multiprocessing.get_context("spawn"), _begin)

    def done(self, task: Callable[[A], B], inputs: Iterable[A]) -> Iterator[B]:
        """Yield what a task gives for each input, as it comes; what a dead worker left is done again."""
        waiting = iter(inputs)
        running: dict[Future[B], A] = {}
        while True:
            for one in islice(waiting, 2 * self._number - len(running)):
                running[self._submitted(task, one)] = one
            if not running:
                return
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            if any(isinstance(future.exception(), BrokenProcessPool) for future in finished):
                finished, _ = wait(running)  # one that dies takes all others with it
            left = []
            for future in finished:
                one = running.pop(future)
                if isinstance(future.exception(), BrokenProcessPool):
                    left.append(one)
                else:
                    yield future.result()
            for one in left:
                yield self._alone(task, one)

    def _alone(self, task: Callable[[A], B], one: A) -> B:
        """Return what a task gives while nothing else runs, so that nobody else is to blame where workers die of it."""
        for _ in range(TRIES):
            with suppress(BrokenProcessPool):
                return self._submitted(task, one).result()
        raise _deadly(one)

    def _submitted(self, task: Callable[[A], B], one: A) -> Future[B]:
        for _ in range(TRIES):
            try:
                return self._pool.submit(task, one)
            except BrokenProcessPool:
                self._pool.shutdown(wait=True, cancel_futures=True)
                self._pool = self._started()
        raise _deadly(one)

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """Begin a worker's life: an interrupt is for who leads the work, and when that one dies, the worker goes too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leader = multiprocessing.parent_process()

    def follow() -> None:
        if leader is not None:
            leader.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _deadly(one: object) -> Fault:
    return Fault(str(getattr(one, "name", one)), _DIED, _CURE)


def _each(task: Callable[[A], B], batch: list[A]) -> list[B]:
    return [task(one) for one in batch]


class Dask:
    """A Dask cluster by the address of its scheduler; what a dead worker left the scheduler gives to another one."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise Fault("--dask", "dask is not installed", "run: pip install 'kgtools-cev[dask]'") from error
        for name in list(logging.root.manager.loggerDict):
            if name.startswith(("distributed", "asyncio", "tornado")):  # which tell the user what is not theirs to mend
                logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            self._client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise Fault(
                "--dask", f"no scheduler answers at {address}", "give the address that `dask scheduler` prints"
            ) from error

    def done(self, task: Callable[[A], B], inputs: Iterable[A]) -> Iterator[B]:
        """Yield what a task gives for each input, as it comes."""
        from distributed import KilledWorker, as_completed

        waiting, running = iter(inputs), dict[str, list[A]]()
        suspects: list[A] = []
        coming = as_completed(loop=self._client.loop)

        def hand_out(most: int) -> None:
            for _ in range(most):
                if batch := list(islice(waiting, BATCH)):
                    future = self._client.submit(_each, task, batch, pure=False)
                    running[future.key] = batch
                    coming.add(future)

        with self._told():
            hand_out(self._most())
            for future in self._finished(coming):
                batch = running.pop(future.key)
                try:
                    yield from future.result()
                except KilledWorker:
                    suspects += batch  # or it only waited behind what killed them
                hand_out(1)
            for one in suspects:
                yield self._alone(task, one)

    def _alone(self, task: Callable[[A], B], one: A) -> B:
        """Return what a task gives while nothing else runs, so that nobody else is to blame where workers die of it."""
        from distributed import KilledWorker, as_completed

        future = self._client.submit(task, one, pure=False)
        try:
            return next(self._finished(as_completed([future], loop=self._client.loop))).result()  # type: ignore[no-any-return]
        except KilledWorker as error:
            raise _deadly(one) from error

    def _finished(self, coming: Any) -> Iterator[Any]:
        """Yield what comes; raise Fault if for long there is nobody to work."""
        seen = looked = time.monotonic()
        while not coming.is_empty():
            if coming.has_ready():
                yield next(coming)
                seen = time.monotonic()
                continue
            time.sleep(0.005)
            if time.monotonic() - looked > 1:
                looked = time.monotonic()
                seen = looked if self._client.nthreads() else seen
                if looked - seen > LONELY:
                    raise Fault("--dask", "the cluster has no worker", "start some, then run it again: it goes on")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say as a fault that the scheduler is gone, or that a worker is not equipped."""
        from concurrent.futures import CancelledError

        try:
            yield
        except ImportError as error:
            raise Fault(
                "--dask", f"a worker lacks a package ({error})", "install the same kgtools-cev on every worker"
            ) from error
        except (CancelledError, TimeoutError, OSError) as error:
            raise Fault(
                "--dask", f"the scheduler no longer answers ({type(error).__name__})", "run it again: it goes on"
            ) from error

    def _most(self) -> int:
        """Return how many tasks are handed out at a time, so that the scheduler need not hold all of them."""
        threads: dict[str, int] = self._client.nthreads()
        return 3 * max(1, sum(threads.values()))

    def close(self) -> None:
        """Let go of the cluster, which goes on."""
        self._client.close()


@contextmanager
def hired(number: int, dask: str | None) -> Iterator[Workers]:
    """Hire workers for as long as a context lasts."""
    if dask is None and number == 1:
        yield Here()
        return
    found = Dask(dask) if dask is not None else Processes(number)
    try:
        yield found
    finally:
        found.close()
