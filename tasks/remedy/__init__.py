"""Steps that plan, apply and verify a remedy."""
