"""What Facebook, Instagram and Threads write in the same way; no platform of its own."""
