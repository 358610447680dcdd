"""Memory, counted at malloc in a process of its own for every case."""
