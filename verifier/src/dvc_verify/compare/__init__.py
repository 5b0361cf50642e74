"""What runs gave, compared with each other and with what is committed."""
