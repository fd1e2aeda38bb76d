"""Plan, execute and settle runs; name their outputs; capture where they ran."""
