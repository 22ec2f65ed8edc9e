"""`python -m shared.index.trees.blocks.worker FD`: reads and writes blocks that arrive on the socket FD, until that is closed."""

import gc
import socket
import sys

from shared.index.trees.blocks.drafts import write_block
from shared.index.trees.blocks.frames import BlockTask, decode_task, receive, send
from shared.index.trees.blocks.lines import LineReader
from shared.index.trees.blocks.summaries import summarize_block
from shared.index.trees.entry_writer import EntryWriter


def main(descriptor: int) -> None:
    gc.disable()  # nothing that is made here refers to itself
    reader, writer = LineReader(), EntryWriter()
    with socket.socket(fileno=descriptor) as peer:
        while (message := receive(peer)) is not None:
            task = decode_task(message)
            send(peer, summarize_block(task, reader) if isinstance(task, BlockTask) else write_block(task, writer))


if __name__ == "__main__":
    main(int(sys.argv[1]))
