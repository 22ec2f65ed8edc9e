"""Readers: from ranges of bytes to tables, texts, pictures and lists. They run in the sandbox, since they read what anybody stores."""
