"""SQL over the files of packages: statements are taken apart, and run, in the sandbox."""
