"""`python -m shared.index.trees.blocks.worker FD`: reads blocks that arrive on the socket FD, until that is closed."""

import gc
import socket
import sys

from shared.index.trees.blocks.frames import decode_task, receive, send
from shared.index.trees.blocks.lines import LineReader
from shared.index.trees.blocks.summaries import summarize_block


def main(descriptor: int) -> None:
    gc.disable()  # nothing that is made here refers to itself
    reader = LineReader()
    with socket.socket(fileno=descriptor) as peer:
        while (message := receive(peer)) is not None:
            send(peer, summarize_block(decode_task(message), reader))


if __name__ == "__main__":
    main(int(sys.argv[1]))
