"""The steps of the guide, the checks, and the clients and values that they stand on."""
