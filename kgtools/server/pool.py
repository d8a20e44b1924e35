"""Pools of workers: tasks go to a warm one, fairly by visitor; one that is late or dies is replaced.

Short tasks of one visitor go to a worker several at a time, also while it is at others, since waking processes costs more than
answering. Those that come to stand behind a long one are taken back within a moment and given to another worker.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque

from kgtools.server import limits
from kgtools.server.complaints import complain
from kgtools.server.frames import Frame
from kgtools.server.hands import Nursery, Task, Then, Worker


class Busy(Exception):
    """All workers have had their hands full for too long."""


class Late(Exception):
    """A job took longer than its deadline, and its worker was ended."""


class Died(Exception):
    """A job ended its worker: too deep, or too much memory."""


class Pool:
    """Some workers of one kind, and a spare."""

    def __init__(self, size: int, nursery: Nursery, timeout: float, yields: bool = False) -> None:
        self.size, self.timeout, self.yields = size, timeout, yields
        self._nursery = nursery
        self._workers: set[Worker] = set()
        self._idle: deque[Worker] = deque()
        self._busy: set[Worker] = set()
        self._held: Counter[str] = Counter()  # workers at work by visitor
        self._waiting: deque[Task] = deque()
        self._usual = limits.SHORT  # seconds that a task takes, lately
        self._renewed = False  # since the workers that were there have all been ended
        self._sweep: asyncio.TimerHandle | None = None
        self._called = False
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self.version = ""

    def fill(self) -> None:
        """Start the workers that are missing."""
        while not self._closed and self._nursery.there and sum(not one.old for one in self._workers) < self.size + 1:
            worker = Worker(self._ready, self._free, self._lose)
            self._workers.add(worker)
            task = self._loop.create_task(self._begin(worker))
            task.add_done_callback(_say)

    async def _begin(self, worker: Worker) -> None:
        try:
            await self._loop.create_connection(lambda: worker, sock=self._nursery.fork())
        except OSError:  # no more files may be open, say
            self._lose(worker)
            raise

    def renew(self) -> None:
        """Have each worker replaced by one that knows what the nursery has come to know, as these get ready."""
        self._renewed = True
        for worker in self._workers:
            worker.old = True
        self.fill()

    def _ready(self, worker: Worker) -> None:
        if worker in self._workers:
            self._idle.append(worker)
            self._retire()
            self._call()

    def _retire(self) -> None:
        """End an idle worker of old for each that is ready instead of it."""
        if not self._renewed:
            return
        self._renewed = any(one.old for one in self._workers)
        fresh = sum(not one.old for one in (*self._idle, *self._busy))
        for worker in [one for one in self._idle if one.old][: max(0, len(self._idle) + len(self._busy) - self.size - 1)]:
            if fresh:
                self.end(worker)

    def _free(self, worker: Worker) -> None:
        """Take a worker back that has done all it was given."""
        if worker not in self._busy:
            return
        self._put_down(worker)
        self._usual += 0.1 * (min(worker.spent, limits.TICK) - self._usual)
        if worker.slowed and not worker.restored():
            self.end(worker)
            return
        self._idle.append(worker)
        self._retire()
        if self._waiting:
            self._call()

    def _put_down(self, worker: Worker) -> None:
        self._busy.discard(worker)
        self._held[worker.client] -= 1
        if not self._held[worker.client]:
            del self._held[worker.client]

    def _lose(self, worker: Worker) -> None:
        if worker.process:
            self.end(worker)
            self._nursery.forget(worker.process)
        elif worker in self._workers:  # there was no room to fork: not again at once
            self._loop.call_later(1, self.end, worker)

    def end(self, worker: Worker, why: type[Exception] = Died) -> None:
        """End a worker, tell who waits for the task that it is at, have others do the rest, and start another worker."""
        if worker not in self._workers:
            return
        self._workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        worker.kill()
        if worker in self._busy:
            head, others = worker.tasks[0], worker.others()
            self._put_down(worker)
            if head and not head.off and why is Died and not worker.alone:
                others = [head, *others]  # it may have been any of them: each is to show it on its own
            elif head and not head.off:
                head.then(why)
            for task in others:
                task.alone = True
            self._again(others)
        self.fill()

    def _again(self, tasks: list[Task]) -> None:
        self._waiting.extendleft(reversed(tasks))
        self._call()

    def ask_soon(self, job: bytes, body: bytes, client: str, then: Then) -> Task:
        """Have a job done and its answer, or Late, Died or Busy, handed on, without a task of its own."""
        task = Task(job, body, client, then, time.monotonic())
        self._waiting.append(task)
        self._call()
        return task

    async def ask(self, job: bytes, body: bytes, client: str) -> Frame:
        """Have a job done; raise Busy, Late or Died. Cancelling it ends the worker at work on it."""
        answer: asyncio.Future[Frame] = self._loop.create_future()

        def then(done: Frame | type[Exception]) -> None:
            if answer.done():
                return
            if isinstance(done, Frame):
                answer.set_result(done)
            else:
                answer.set_exception(done())

        task = self.ask_soon(job, body, client, then)
        try:
            return await answer
        except asyncio.CancelledError:
            self.give_up(task)
            raise

    def give_up(self, task: Task) -> None:
        """End a task that nobody waits for any more, and the worker at work on it."""
        if task in self._waiting:
            self._waiting.remove(task)
            return
        found = next((one for one in self._busy if task in one.tasks), None)
        task.off = True
        if found and found.tasks[0] is task:
            self.end(found)

    def _call(self) -> None:
        """See to those who wait when all that has arrived by now was read, so that short tasks go out together."""
        if not self._called:
            self._called = True
            self._loop.call_soon(self._hand_out)
        if self._sweep is None:
            self._sweep = self._loop.call_later(limits.TICK, self._look)

    def _hand_out(self) -> None:
        """Give idle workers to those who wait, in turn, but never all workers to one visitor."""
        self._called = False
        now = time.monotonic()
        for worker in self._busy:
            self._add(worker, now)
        while self._waiting and self._idle and len(self._busy) < self.size:
            first = next((one for one in self._waiting if self._held[one.client] < max(1, self.size - 1)), None)
            if first is None:
                return
            worker = self._idle.pop()  # the one whose memory is warmest
            self._busy.add(worker)
            self._held[first.client] += 1
            worker.give(self._some(first), now)

    def _add(self, worker: Worker, now: float) -> None:
        """Give a worker that is at short tasks more of its visitor's: to wake another would cost more than they do."""
        if now - worker.since < limits.TICK and worker.takes_more:
            tasks = self._short(worker.client, self._at_once(worker.spent) - len(worker.tasks))
            if tasks:
                worker.add(tasks)

    def _at_once(self, lately: float = 0.0) -> int:
        """Return how many tasks should be done within a moment, given the seconds that one took lately."""
        return min(max(int(limits.SHORT / 2 / max(self._usual, lately, 1e-6)), 1), limits.AT_ONCE)

    def _some(self, first: Task) -> list[Task]:
        """Take the next task and others of its visitor: as many as should be done within a moment."""
        if not first.alone:
            return self._short(first.client, self._at_once())
        self._waiting.remove(first)
        return [first]

    def _short(self, client: str, most: int) -> list[Task]:
        """Take a visitor's tasks from those that wait, in their order, so many at most, but for those to be done alone."""
        found: list[Task] = []
        rest: deque[Task] = deque()
        while self._waiting and len(found) < most:
            task = self._waiting.popleft()
            (found if task.client == client and not task.alone else rest).append(task)
        self._waiting.extendleft(reversed(rest))
        return found

    def _look(self) -> None:
        """Look after those at work for long and those who wait for long."""
        now = time.monotonic()
        for worker in list(self._busy):
            taken = now - worker.since
            if taken >= self.timeout:
                self.end(worker, Late)
            elif worker.tasks and worker.tasks[0] and worker.tasks[0].off and taken >= limits.GRACE:
                self.end(worker)
            elif len(worker.tasks) > 1 and taken >= limits.TICK and None not in worker.tasks:
                self._usual = limits.TICK
                self._again(worker.take_back())
            elif self.yields and taken >= limits.LONG and not worker.slowed:
                worker.slow()
        while self._waiting and now - self._waiting[0].asked >= limits.QUEUE_SECONDS:
            task = self._waiting.popleft()
            task.then(Busy)
        if self._waiting:
            self._call()
        self._sweep = self._loop.call_later(limits.TICK, self._look) if self._busy or self._waiting else None

    def state(self) -> dict[str, int]:
        """Return how many workers there are, idle and running, and how many jobs wait."""
        return {
            "workers": len(self._workers),
            "idle": len(self._idle),
            "running": len(self._busy),
            "waiting": len(self._waiting),
        }

    def close(self) -> None:
        """End all workers."""
        self._closed = True
        for worker in list(self._workers):
            self._workers.discard(worker)
            worker.kill()


class Pools:
    """The pools of a server, over one nursery: for visitors' queries, and for pages."""

    def __init__(self, nursery: Nursery, timeout: float) -> None:
        self._nursery = nursery
        self.queries = Pool(limits.QUERY_WORKERS, nursery, timeout, yields=True)
        self.pages = Pool(limits.PAGE_WORKERS, nursery, timeout)
        self.data = ""  # the version of the data, once it is known
        self.warm = ""  # which pages the workers know already what they take long for
        nursery.warm, nursery.lost = self._warm, self._lost

    async def start(self) -> None:
        """Start the workers as soon as the space is loaded; raise Fault if it cannot be."""
        version = await self._nursery.loaded()
        self.data = version.rpartition("-")[0]
        for pool in (self.pages, self.queries):
            if pool.version not in ("", version):  # the files have changed since
                pool.renew()
            pool.version = version
            pool.fill()

    def _warm(self, known: str) -> None:
        self.warm = known
        self.pages.renew()
        self.queries.renew()

    def _lost(self) -> None:
        complain("the process that starts workers ended: starting it again")
        self._nursery.begin()
        task = asyncio.get_running_loop().create_task(self.start())
        task.add_done_callback(self._begun)

    def _begun(self, task: asyncio.Task[None]) -> None:
        """Try again in a moment if it ended before it was ready."""
        _say(task)
        if not self._nursery.there:
            asyncio.get_running_loop().call_later(1, self._lost)

    def close(self) -> None:
        """End all workers."""
        for pool in (self.queries, self.pages):
            pool.close()


def _say(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        complain(f"a worker did not start ({error})")
