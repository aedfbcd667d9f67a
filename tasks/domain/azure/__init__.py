"""Azure's resources: specs, the values that Azure returns, and the rules between them."""
