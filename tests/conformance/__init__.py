"""What the outside world says an answer must look like."""
