"""When people can meet: availability, candidate times, who gets which, and why none fits."""
