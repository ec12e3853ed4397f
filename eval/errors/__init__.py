"""Wrong decisions and wrong labels: found, explained one by one, exported, and a label corrected."""
