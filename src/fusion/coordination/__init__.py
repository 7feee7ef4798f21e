"""What agencies do together: pure deciders over the registry and what one reader may know.

They say who leads, who takes part and until when; they store nothing, send nothing, and look at no
clock.
"""
