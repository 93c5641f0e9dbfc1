"""The files in which items come and go: each format reads to, and writes from, the entries of ``entry``.

No web and no database here; what is read from a stranger's file is read in a process of its own (``child``, called by ``opening``).
"""
