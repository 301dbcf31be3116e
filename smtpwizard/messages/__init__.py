"""Every sentence a person reads about a problem: what is wrong, and what to do about it.

Knows codes and facts, never a secret; what foreign text goes into a sentence is cleaned here.
"""
