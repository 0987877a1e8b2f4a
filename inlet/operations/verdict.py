"""Verdict: where an event is now, in one sentence, and the commands that come next."""

from dataclasses import dataclass

from inlet.operations.quarantine import Listed
from inlet.operations.show import Story

RETRIED = frozenset({"failed", "unavailable"})
"""The outcomes that are answered with 503."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The sentence and the commands, without their options for the deployment."""

    sentence: str
    commands: tuple[str, ...] = ()


def verdict(story: Story) -> Verdict:
    """Return where an event is: the first of these places that it is in."""
    places = (
        (_in_dead_letters, _failing, _consumed, _erased, _incomplete, _not_routed, _waiting)
        if story.is_on_the_bus
        else (_quarantined, _in_progress, _rejected)
    )
    found = next(filter(None, (place(story) for place in places)))
    sentence, commands = found.sentence, found.commands
    if story.body and not story.body.is_there:
        sentence += "; its large body is gone"
    if story.is_on_the_bus and (pending := _pending(story)):
        sentence += f"; a request that mentions its id is in quarantine: {pending.reason}"
        commands += (f"inlet quarantine show {pending.identifier}",)
    return Verdict(sentence=sentence, commands=commands)


def _in_dead_letters(story: Story) -> Verdict | None:
    if not story.dead_letters:
        return None
    letter = story.dead_letters[-1]
    target = letter.consumer or "a target of another team"
    queue = f"of the rules, for {target}" if letter.is_of_rule else f"of {target}"
    verb = "redrive" if letter.consumer else "list"  # only a consumer's letter can be moved
    return Verdict(
        sentence=f"in the dead-letter queue {queue}: {letter.error or 'unknown error'}",
        commands=("inlet doctor", f"inlet dead-letters {verb} --event {story.event_id}"),
    )


def _failing(story: Story) -> Verdict | None:
    if not story.attempts or story.attempts[-1].outcome != "failed":
        return None
    count = sum(one.outcome == "failed" for one in story.attempts)
    last = story.attempts[-1]
    again = f", the next in {last.retry_in} s after it" if last.retry_in is not None else ""
    return Verdict(
        sentence=(
            f"failing in {story.consumer_name}: {last.error or 'unknown error'}; {count} failed"
            f" attempts, the last at {last.at}{again}"
        ),
        commands=("inlet doctor", f"inlet dead-letters list --consumer {story.consumer_name}"),
    )


def _consumed(story: Story) -> Verdict | None:
    timeline = (f"inlet timeline {story.subject}",)
    if story.entry:
        more = "; another content with its id is stored as a conflict" if story.conflicts else ""
        by = story.consumer_name
        return Verdict(sentence=f"consumed by {by}{more}", commands=timeline)
    if story.conflicts:
        return Verdict(sentence="stored as a conflict, without an entry", commands=timeline)
    return None


def _erased(story: Story) -> Verdict | None:
    # A line is written after its request was received, so it can only miss a covered one.
    received_at = story.received_at or next((one.at for one in story.arrivals), "")
    is_covered = story.forgotten_at is not None and received_at <= story.forgotten_at
    if is_covered or any(one.outcome == "forgotten" for one in story.attempts):
        return Verdict(sentence=f"erased: {story.subject or 'its subject'} was forgotten")
    return None


def _incomplete(story: Story) -> Verdict | None:
    """Return the verdict on an event that was consumed or has no subject, and has no entry."""
    by = story.consumer_name
    if story.attempts and story.subject:
        sentence = f"consumed by {by}, but its entry is not in the timeline"
        return Verdict(sentence=sentence, commands=_replay(story))
    if story.attempts or by is None:
        sentence = f"consumed by {by}" if story.attempts else "published"
        return Verdict(
            sentence=f"{sentence}; its subject is not stored, perhaps because it was forgotten",
            commands=(f"inlet show {story.event_id} --subject PROVIDER/KIND/ID",),
        )
    return None


def _not_routed(story: Story) -> Verdict | None:
    by = story.consumer_name
    if not story.event_type or any(by in one.consumers and one.is_enabled for one in story.rules):
        return None
    return Verdict(sentence=f"published, but no rule sends it to {by} now", commands=_replay(story))


def _waiting(story: Story) -> Verdict:
    by, queue = story.consumer_name, story.consumer
    again = f"inlet show {story.event_id}"
    if queue is None:
        sentence = f"published; the queue of {by} could not be read"
        return Verdict(sentence=sentence, commands=("inlet doctor",))
    if queue.state in {"Disabled", "Disabling"}:
        sentence = f"waiting in {by}, which is paused"
        return Verdict(sentence=sentence, commands=(f"inlet resume {by}",))
    if queue.waiting or queue.in_progress:
        sentence = f"waiting or failing in {by}: its queue has messages, and no attempt is logged"
        return Verdict(sentence=sentence, commands=("inlet doctor", again))
    return Verdict(
        sentence=(
            f"published, but neither in the queue of {by} nor in the timeline; an event takes"
            " seconds to get there"
        ),
        commands=(again, *_replay(story)),
    )


def _quarantined(story: Story) -> Verdict | None:
    pending = _pending(story)
    if pending is None:
        return None
    return Verdict(
        sentence=f"in quarantine: {pending.reason}",
        commands=(
            f"inlet quarantine show {pending.identifier}",
            f"inlet quarantine release {pending.identifier}",
        ),
    )


def _in_progress(story: Story) -> Verdict | None:
    if story.delivery or any(one.outcome in RETRIED for one in story.arrivals[-1:]):
        return Verdict(
            sentence="not published: in progress, or answered 503, so that the provider retries",
            commands=("inlet doctor",),
        )
    return None


def _rejected(story: Story) -> Verdict:
    if not story.arrivals:
        return Verdict(sentence="released from quarantine", commands=("inlet quarantine list",))
    last = story.arrivals[-1]
    command = f"inlet quarantine list --provider {last.provider}"
    if last.outcome == "not-authenticated":
        command = f"inlet credentials show {last.provider}"
    return Verdict(sentence=f"rejected: {last.outcome}", commands=(command,))


def _replay(story: Story) -> tuple[str, ...]:
    """Return the commands that bring back an event that was published."""
    return "inlet doctor", f"inlet replay --since {(story.received_at or story.since)[:19]}"


def _pending(story: Story) -> Listed | None:
    """Return the last request of the event that is in quarantine and not delivered."""
    return next((one for one in story.quarantined[::-1] if not one.is_delivered), None)
