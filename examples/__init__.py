"""Programs to run and to read: `make demo`, the server behind it, the README's first program."""
