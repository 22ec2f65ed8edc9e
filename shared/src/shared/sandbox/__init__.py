"""The sandbox: processes without files, network or other programs, in which readers read what anybody stores."""
