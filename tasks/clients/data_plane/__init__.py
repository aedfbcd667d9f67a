"""Services outside the control plane: scoring hosts, certificates, DNS, logs, queues, signing keys."""
