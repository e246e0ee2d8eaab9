"""Frames and descriptors over the socket pair, from a side that keeps to the protocol and from one that does not."""

from __future__ import annotations

import array
import os
import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.walls import memory_file, open_descriptors

from safelight.decode.protocol import Channel, ChannelClosedError, Frame, FrameBuffer, Kind, ProtocolError, frame_bytes

LIMIT = 1000
frames = st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 0xFFFFFFFF), st.binary(max_size=LIMIT)), max_size=8)


@pytest.fixture
def pair() -> Iterator[tuple[Channel, socket.socket]]:
    ours, theirs = socket.socketpair()
    channel = Channel(ours, LIMIT, take_descriptors=True)
    yield channel, theirs
    channel.close()
    theirs.close()


@given(sent=frames, cuts=st.lists(st.integers(1, 400), max_size=40))
def test_frames_survive_any_cutting(sent: list[tuple[Kind, int, bytes]], cuts: list[int]) -> None:
    stream = b"".join(frame_bytes(*frame) for frame in sent)
    buffer = FrameBuffer(LIMIT)
    received: list[Frame] = []
    position = 0
    for length in [*cuts, len(stream)]:
        buffer.feed(stream[position : position + length])
        position += length
        received += buffer.frames()
    assert [(frame.kind, frame.job, frame.body) for frame in received] == sent


@given(st.binary(max_size=200))
def test_garbage_gives_frames_or_a_protocol_error_and_nothing_else(data: bytes) -> None:
    buffer = FrameBuffer(LIMIT)
    buffer.feed(data)
    try:
        for frame in buffer.frames():
            assert len(frame.body) <= LIMIT
    except ProtocolError:
        pass


def test_a_long_body_is_refused_before_it_arrives() -> None:
    buffer = FrameBuffer(LIMIT)
    buffer.feed(struct.pack("<IBBI", LIMIT + 1, Kind.DONE, 0, 1))
    with pytest.raises(ProtocolError, match="1000"):
        list(buffer.frames())


def test_descriptors_travel_with_their_frame(pair: tuple[Channel, socket.socket]) -> None:
    channel, theirs = pair
    sender = Channel(theirs.dup(), LIMIT, take_descriptors=False)
    for text in (b"one", b"two"):
        descriptor = memory_file(text)
        sender.send(Kind.JOB, 5, text, (descriptor,))
        os.close(descriptor)
        sender.send(Kind.GO, 5)
    for text in (b"one", b"two"):
        frame = channel.receive()
        assert (frame.kind, frame.body) == (Kind.JOB, text)
        assert os.pread(frame.descriptors[0], 10, 0) == text
        assert not os.get_inheritable(frame.descriptors[0])
        os.close(frame.descriptors[0])
        assert channel.receive().kind is Kind.GO
    sender.close()


def _send(theirs: socket.socket, data: bytes, descriptors: int) -> None:
    held = [memory_file(b"x") for _ in range(descriptors)]
    theirs.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", held))] if held else [])
    for descriptor in held:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("stated", "sent"),
    [(1, 0), (0, 1), (2, 1), (1, 2), (1, 200)],
)
def test_descriptors_that_do_not_fit_their_frame_are_refused_and_closed(stated: int, sent: int) -> None:
    before = open_descriptors()
    ours, theirs = socket.socketpair()
    channel = Channel(ours, LIMIT, take_descriptors=True)
    _send(theirs, frame_bytes(Kind.MEMBER, 0, b"", descriptors=stated), sent)
    with pytest.raises(ProtocolError):
        channel.read()
    channel.close()
    theirs.close()
    assert open_descriptors() == before


def test_where_no_descriptor_is_taken_none_arrives() -> None:
    before = open_descriptors()
    ours, theirs = socket.socketpair()
    channel = Channel(ours, LIMIT, take_descriptors=False)
    _send(theirs, frame_bytes(Kind.DONE, 0, b"body"), 3)
    assert channel.receive().body == b"body"
    channel.close()
    theirs.close()
    assert open_descriptors() == before


def test_the_end_of_the_stream(pair: tuple[Channel, socket.socket]) -> None:
    channel, theirs = pair
    theirs.sendall(frame_bytes(Kind.DONE, 1) + frame_bytes(Kind.DONE, 2, b"body")[:-1])
    theirs.shutdown(socket.SHUT_WR)
    assert channel.receive().kind is Kind.DONE
    with pytest.raises(ChannelClosedError):
        channel.receive()


def test_polling_does_not_wait(pair: tuple[Channel, socket.socket]) -> None:
    channel, theirs = pair
    assert not channel.poll()
    theirs.sendall(frame_bytes(Kind.GO, 1))
    assert channel.poll()
    assert channel.receive().kind is Kind.GO


def test_a_side_that_does_not_read_is_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    channel = Channel(ours, LIMIT, take_descriptors=False)
    with pytest.raises(ChannelClosedError):
        for _ in range(10_000):
            channel.send(Kind.GO, 1, bytes(LIMIT))
    channel.close()
    theirs.close()
