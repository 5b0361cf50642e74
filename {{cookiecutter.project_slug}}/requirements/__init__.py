"""What the project needs, the locks of it, and what installs them."""
