"""Codes that several checks explain."""

from __future__ import annotations

from typing import Final

CALLS: Final = ("SCORE-CALL-001", "SCORE-CALL-002", "SCORE-CALL-003", "SCORE-CALL-004")
NOT_REACHED: Final = ("SCORE-CALL-001", "SCORE-CALL-002", "SCORE-TLS-001")
DNS_SYMPTOMS: Final = ("SCORE-DNS-001", "SCORE-DNS-002", *NOT_REACHED)
