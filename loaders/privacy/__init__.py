"""What may not be stored: private fields, and what product tracking may keep."""
