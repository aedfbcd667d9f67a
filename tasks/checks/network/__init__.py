"""Checks of the managed network, its outbound rules, and private endpoints inbound and outbound."""
