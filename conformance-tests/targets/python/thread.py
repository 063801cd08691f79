"""Threads: the order and state of a track. docs/spec/thread.md, REX-THR-010 to 029"""
from dataclasses import dataclass

from envelope import arm
from tables import terminal_states, transitions

TAKING_BACK = {'withdraw', 'recall-thread', 'consent-withdrawn', 'entered-in-error'}
CARRYING = {'refer', 'disclose', 'provide-info', 'correct'}


@dataclass
class Message:
    """A message of a track. `sections`: index and content of each section that was granted."""

    digest: bytes
    manifest: dict
    event: dict
    sections: list
    role: str
    verdict: str = ''

    @property
    def heads(self):
        return self.manifest['heads']

    @property
    def name(self):
        return arm(self.manifest['type'])

    @property
    def content(self):
        return self.event[self.name]

    @property
    def types(self):
        return [section['type'] for _, section in self.sections]

    @property
    def transition(self):
        """Returns the name of the row of the transition table that applies to the message (REX-THR-011)."""
        content = self.content
        if self.name == 'complete' and content['partly']:
            return 'complete-partly'
        if self.name == 'recall' and not content['messages']:
            return 'recall-thread'
        if self.name == 'consent_change' and content['code'] == 'withdrawn' and not content['people'] and not content['sections']:
            return 'consent-withdrawn'
        return self.name.replace('_', '-')


def ancestors(placed, heads):
    found, left = set(), [head for head in heads if head in placed]
    while left:
        head = left.pop()
        if head not in found:
            found.add(head)
            left += [each for each in placed[head].heads if each in placed]
    return found


def in_causal_order(placed):
    """Returns the causal order: the refer first, then each event after its heads. Lower digests break ties (REX-THR-021)."""
    order, waiting = [], sorted(placed, key=lambda each: (placed[each].name != 'refer', each))
    left = set(waiting)
    while waiting:
        ready = next(each for each in waiting if left.isdisjoint(placed[each].heads))
        order.append(ready)
        waiting.remove(ready)
        left.remove(ready)
    return order


def in_order(placed):
    """Returns the causal order, except that events that retract something come, with their ancestors, directly after the refer (REX-THR-022)."""
    causal = in_causal_order(placed)
    left, order = {each: placed[each] for each in causal}, []
    for each in causal:
        if (placed[each].name == 'refer' or placed[each].transition in TAKING_BACK) and each in left:
            moved = {each} | ancestors(left, placed[each].heads)
            order += [other for other in left if other in moved]
            left = {other: message for other, message in left.items() if other not in moved}
    return [*order, *left]


def apply(placed):
    """Returns the state of a track, its events in order, and its effective events (REX-THR-023)."""
    state, effective, order = '', [], in_order(placed)
    for each in order:
        if placed[each].name == 'refer':
            after = 'requested'
        else:
            roles, after_each = transitions()[placed[each].transition]
            after = after_each.get(state) if placed[each].role in roles else None
        if after:
            state = after
            effective.append(each)
    return state, order, effective


def place(message):
    """Returns the place of a message among the events of its sender's chain (REX-THR-002)."""
    return message.role, message.manifest['chain'], message.manifest['counter']


class Track:
    """A track as one side knows it: placed and parked events, and void digests."""

    def __init__(self):
        self.placed, self.parked, self.void, self.forks = {}, {}, set(), []

    @property
    def refer(self):
        return next((message for message in self.placed.values() if message.name == 'refer'), None)

    def is_valid(self, message):
        """Returns whether the state that follows from an event's own ancestors allows the event and its sections (REX-THR-024)."""
        if message.name == 'refer':
            return message.role == 'referrer'
        own = ancestors(self.placed, message.heads) | {self.refer.digest}
        state = apply({each: self.placed[each] for each in own})[0]
        roles, after = transitions()[message.transition]
        return message.role in roles and state in after and self.may_carry(message, state)

    def may_carry(self, message, state):
        """Returns whether a state allows the sections of a message (REX-THR-007, REX-THR-031)."""
        if not message.types:
            return True
        if message.transition in ('provide-info', 'correct'):
            if message.role == 'recipient' and 'handling' in message.types:
                return False
            if state in terminal_states():
                return False
            return state in ('accepted', 'in-progress') or set(message.types) <= set(self.refer.types)
        return message.transition in CARRYING

    def missing(self, message):
        """Returns the first head of a message that is neither placed nor void, or None."""
        return next((head for head in message.heads if head not in self.placed and head not in self.void), None)

    def is_fork(self, message):
        """Returns whether another message has the same place in the sender's chain, and neither message is void (REX-THR-025)."""
        void = self.void | set(message.manifest['void'])
        others = [each for each in [*self.placed.values(), *self.parked.values(), *self.forks] if place(each) == place(message)]
        return message.digest not in void and any(each.digest not in void | {message.digest} for each in others)

    def take(self, message):
        """Places or parks an event. If the event is invalid, refuses it and undoes the effect of its `void` (REX-THR-020 to 029)."""
        before = dict(self.placed), dict(self.parked), set(self.void)
        verdicts = [(each, each.verdict) for each in self.parked.values()]
        self.void |= set(message.manifest['void'])
        self.parked[message.digest] = message
        self.release()
        if message.digest in self.parked:
            message.verdict = f'held gap:{self.missing(message).hex()}'
        elif message.digest not in self.placed:
            self.placed, self.parked, self.void = before
            for each, verdict in verdicts:
                each.verdict = verdict

    def release(self):
        """Places parked events whose heads have arrived, and leaves out invalid ones."""
        while ready := [each for each in self.parked.values() if self.missing(each) is None]:
            for message in ready:
                del self.parked[message.digest]
                valid = self.is_valid(message)
                message.verdict = 'received' if valid else 'refused INVALID_EVENT'
                if valid:
                    self.placed[message.digest] = message

    def add_own(self, message):
        self.void |= set(message.manifest['void'])
        self.placed[message.digest] = message
        self.release()

    def end(self, message):
        """Computes the track without a message of this side that was refused or expired (REX-THR-027)."""
        self.placed.pop(message.digest, None)
        self.void.add(message.digest)
        self.release()

    def heads(self):
        named = {head for message in self.placed.values() for head in message.heads}
        return sorted(each for each in self.placed if each not in named)
