"""What all services share: the wire contract, the index, and a few mechanisms."""
