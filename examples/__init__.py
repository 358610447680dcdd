"""Programs to run and to read: see the README beside this file's directory."""
