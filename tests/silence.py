"""A machine that takes connections and never says a word, and how often it was asked."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread


class Silent:
    """What listens on `port` of this machine; `asked` counts the connections."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening, self._held, self.asked = listening, [], 0
        self.port = listening.getsockname()[1]

    def take(self) -> None:
        """Hold each connection until the end."""
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.asked += 1
            self._held.append(connection)

    def leave(self) -> None:
        """Let go of all of them."""
        for connection in self._held:
            connection.close()


@contextmanager
def silent() -> Iterator[Silent]:
    """Lend such a machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        machine = Silent(listening)
        thread = Thread(target=machine.take, daemon=True)
        thread.start()
        yield machine
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        machine.leave()
