"""The local stack: emulator, Prefect server and worker on this machine, and the guide as one run."""
