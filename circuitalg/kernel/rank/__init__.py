"""What can be asked about a generic rank; the rules follow it here."""
