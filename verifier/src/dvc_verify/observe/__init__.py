"""What stages were seen to do, against what they declare."""
