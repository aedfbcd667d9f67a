"""Checks of name resolution: private DNS zone, its link and record, and the resolvers in use."""
