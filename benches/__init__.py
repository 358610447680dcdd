"""How fast it is, beside its peers. `make bench` runs everything here and says how it went."""
