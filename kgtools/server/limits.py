"""What a visitor may ask of the server, in one place."""

from __future__ import annotations

QUERY_WORKERS = 3  # at work at a time, and one spare, warm; a single client has all but one of them
PAGE_WORKERS = 2
MEMORY = 1 << 30  # bytes that a worker may take on top of the loaded space

BODY = 1 << 20  # bytes of a request
PARAMETERS = 200
HEAD_SECONDS = 10.0  # for the first byte to the end of a request's head
BODY_SECONDS = 10.0
SEND_SECONDS = 30.0  # for each chunk of an answer to be taken, and for any of it to arrive
CHUNK = 1 << 16

RESULT_ROWS = 100_000
RESULT_BYTES = 64 << 20

IN_FLIGHT = 64
IN_FLIGHT_OF_ONE = 24
CONNECTIONS = 512
QUEUE_SECONDS = 10.0  # in wait of a worker

CACHE_BYTES = 64 << 20
LANE_BYTES = 32 << 20  # of answers by the bytes of their requests
CACHED_BYTES = 8 << 20  # of one reply
COMPRESSED_BYTES = 1_000  # from this size on

GRACE = 0.25  # seconds after a visitor has gone before the worker is ended

SHORT = 0.005  # seconds: tasks that take less may go to a worker several at a time,
AT_ONCE = 8  # so many at most,
TICK = 0.02  # and whoever stands behind a longer one for these seconds goes to another worker

AWAKE = 0.0003  # seconds that a worker looks for the next job before it sleeps

LONG = 0.3  # seconds from which on a query lets everything else go first
NICENESS = 15
