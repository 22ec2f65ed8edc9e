"""A service that listens on several ports: `python -m localrun.listening MODULE:FACTORY ADDRESS PORT [PORT …]`.

The command of uvicorn listens on one.
"""

import socket
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

from shared.web.serving import worker_directory, workers_of

SHUTDOWN_SECONDS = 5


def listen(address: str, port: int) -> list[socket.socket]:
    """A socket for each address of the name, as a server of asyncio has them."""
    found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return [socket.create_server(where[:2], family=family, backlog=2048) for family, _, _, _, where in found]


def main() -> None:
    app, address, *ports = sys.argv[1:]
    config = uvicorn.Config(
        app,
        factory=True,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        workers=workers_of(app),
    )
    sockets = [each for port in ports for each in listen(address, int(port))]
    if config.workers == 1:
        uvicorn.Server(config).run(sockets=sockets)
        return
    with worker_directory():
        Multiprocess(config, sockets=sockets).run()


if __name__ == "__main__":
    main()
