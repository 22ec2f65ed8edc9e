"""Text, notebooks, archives, packages and bytes: formats for which the standard library is enough, or nearly."""
