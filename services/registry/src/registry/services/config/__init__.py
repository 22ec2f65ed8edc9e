"""Parts of `config.json` that are no addresses: ways to sign in, and the look of the installation."""
