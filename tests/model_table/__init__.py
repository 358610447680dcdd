"""One row for each feature of a type: what shows of it, at every byte, and how it ends."""
