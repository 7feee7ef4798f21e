"""Floor 3: the thinking, pure. What `fuse` is, how it is kept up, who made it what it is."""
