"""Passwords a person can read off a screen, for a server that only this machine can reach."""

from __future__ import annotations

import secrets

_WORDS = """
    acorn amber anchor apple apron arrow autumn bamboo barley basket beacon beetle birch
    biscuit blanket bottle bramble breeze bridge bronze bucket button cactus camera candle
    canoe canvas carrot castle cedar cellar cherry chimney cider circle clover cobalt comet
    copper coral cotton cradle cricket crystal daisy dolphin donkey drizzle drum eagle ember
    fabric falcon feather fern fiddle flint forest fossil fountain garlic garnet ginger
    glacier granite grape hammer harbour harvest hazel heron hollow honey indigo island ivory
    jacket jasmine juniper kettle kitten ladder lagoon lantern lavender lemon lilac linen
    lobster magnet mango maple marble meadow melon mirror mitten monsoon mosaic mustard nectar
    needle nutmeg oak oasis olive onion orchard otter oyster paddle pebble pepper pigeon
    pillow planet plum poppy quartz rabbit raven ribbon river saddle saffron salmon scarlet
    shadow silver sparrow spruce sugar sunset swallow teapot thistle thunder timber tulip
    tunnel turtle umber valley velvet violet walnut whistle willow window winter wombat yarrow
    zebra zinc
"""


def make_password(words: int = 4) -> str:
    """A fresh password of some short words joined by hyphens."""
    choice = _WORDS.split()
    return "-".join(secrets.choice(choice) for _ in range(words))
