"""How receivers see a sender."""
