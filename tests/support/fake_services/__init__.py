"""Servers of our own that speak the APIs of platforms, as their documentation describes them.

Shape:  `service` is the server, with what was asked and the faults that it is to show; a
        module per platform answers. `fakes` lists one `Fake` per platform.
"""
