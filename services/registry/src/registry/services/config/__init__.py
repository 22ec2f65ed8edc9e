"""What `config.json` has besides addresses: ways to sign in, and the look of the installation."""
