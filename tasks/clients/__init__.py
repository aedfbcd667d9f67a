"""The only place that talks to Azure. Start with ``connect.connect``."""
