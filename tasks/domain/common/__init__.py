"""What every capability needs: errors, names, redaction, text building, time. Imports nothing else of ours."""
