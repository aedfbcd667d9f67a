"""Building blocks of every capability: errors, names, redaction, Markdown, time. Imports nothing else of ours."""
