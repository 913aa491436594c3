"""What people read of each command's result, one module a command."""
