"""How scripts/package makes each kind of package."""
