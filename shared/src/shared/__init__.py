"""The parts that all services share: the wire contract, the index, and common mechanisms."""
