import threading
import weakref
from collections.abc import Callable
from dataclasses import replace

from cnnviz.training.loop.frame import frame_of
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.run.trainer import Trainer


def test_a_frame_is_fetched_once(make_trainer: Callable[..., Trainer]) -> None:
    mailbox, frame = Mailbox(), frame_of(make_trainer(), 0)
    assert mailbox.take() is None
    mailbox.put(frame)
    assert mailbox.take() is frame
    assert mailbox.take() is None


def test_only_the_latest_of_ten_thousand_frames_stays_in_memory(
    make_trainer: Callable[..., Trainer],
) -> None:
    mailbox, original = Mailbox(), frame_of(make_trainer(subset=2), 0)
    living: set[int] = set()
    most = 0
    for i in range(10_000):
        frame = replace(original, filters=original.filters.copy(), done=i)
        living.add(i)
        weakref.finalize(frame.filters, living.discard, i)
        mailbox.put(frame)
        most = max(most, len(living))
    del frame
    assert most <= 2  # the existing one, and its replacement
    assert living == {9_999}
    last = mailbox.take()
    assert last is not None
    assert last.done == 9_999
    del last
    assert living == set()


def test_another_frame_is_wanted_once_the_last_is_fetched(
    make_trainer: Callable[..., Trainer],
) -> None:
    mailbox, frame = Mailbox(), frame_of(make_trainer(), 0)
    assert mailbox.wanted
    mailbox.put(frame)
    assert not mailbox.wanted
    mailbox.put(frame)
    assert not mailbox.wanted
    mailbox.take()
    assert mailbox.wanted


def test_messages_come_in_order_and_none_is_lost() -> None:
    mailbox = Mailbox()
    messages = [[Message(f"{writer}.{i}") for i in range(2_000)] for writer in range(2)]
    threads = [
        threading.Thread(target=lambda mine=mine: [mailbox.put_message(m) for m in mine])
        for mine in messages
    ]
    for thread in threads:
        thread.start()
    received: list[Message] = []
    while any(thread.is_alive() for thread in threads):
        if message := mailbox.take_message():
            received.append(message)
    for thread in threads:
        thread.join()
    while message := mailbox.take_message():
        received.append(message)
    assert len(received) == 4_000
    for writer, mine in enumerate(messages):
        assert [m for m in received if m.text.startswith(f"{writer}.")] == mine


def test_frames_do_not_drop_messages(make_trainer: Callable[..., Trainer]) -> None:
    mailbox, frame = Mailbox(), frame_of(make_trainer(), 0)
    mailbox.put_message(Message("one."))
    mailbox.put(frame)
    mailbox.put_message(Message("two.", "detail"))
    mailbox.take()
    assert mailbox.take_message() == Message("one.", "")
    assert mailbox.take_message() == Message("two.", "detail")
    assert mailbox.take_message() is None
