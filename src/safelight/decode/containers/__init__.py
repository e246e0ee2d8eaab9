"""Bounds-checked walkers over the containers that carry metadata, one file a container.

In: the bytes of one file. Out: where its chunks, segments, boxes and directories lie, and the metadata blocks in them.
A walker takes no length, count, pointer or checksum of the file at its word, takes time linear in the file's size, never
raises on any bytes, and never decodes pixels.
"""
