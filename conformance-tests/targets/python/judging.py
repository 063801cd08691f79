"""The judgement of messages of a thread. docs/spec/thread.md, REX-THR-060"""
import event as events
import guard
import referral
from envelope import parse_section
from errors import Refused, demand
from fields import sections as section_table
from tables import limit, terminal_states, transitions
from thread import TAKING_BACK, Message, Track, apply
from wire import decode, digest, encode

PARKED = 64


class Judge:
    """Judges the messages of a track as the desk of one organisation does: rows 4 to 17 of REX-THR-060."""

    def __init__(self, organisation, referrer, recipient):
        self.organisation, self.sides, self.track = organisation, {referrer: 'referrer', recipient: 'recipient'}, Track()

    def take(self, given):
        """Judges one message, unless this organisation sent it. Returns the message, whose verdict may change when others arrive."""
        manifest = decode('Manifest', given['manifest'])
        event = decode('Event', given['event']) if given['event'] else manifest['event']
        sections = [(each['index'], parse_section(each['section'])) for each in given['sections']]
        message = Message(digest('manifest', given['manifest']), manifest, event, sections, self.sides.get(manifest['sender'], ''))
        if manifest['sender'] == self.organisation:
            message.verdict = 'sent'
            (self.track.end if given['ended'] else self.track.add_own)(message)
            return message
        try:
            self.judge(message)
        except Refused as refused:
            message.verdict = f'refused {refused.reason}'
        return message

    def judge(self, message):
        manifest, track, refer = message.manifest, self.track, self.track.refer
        demand(message.event, 'no event')
        events.check_event(manifest['type'], message.event)
        guard.check(events.texts(message.event))
        demand(message.role, 'not a side of the track', 'PEER_MISMATCH')
        demand(not refer or manifest['test_traffic'] == refer.manifest['test_traffic'], 'test and real traffic', 'POLICY_REFUSED')
        demand((message.name == 'refer') == (refer is None), 'a second refer, or none', 'INVALID_EVENT')
        if message.name == 'disclose':
            self.check_disclosed(message)
        held = self.check_sections(message)
        if held and message.name != 'refer':
            message.verdict = held
        elif track.is_fork(message):
            demand(len(track.forks) < limit('forksPerTrack'), 'too many forks', 'LIMIT_EXCEEDED')
            track.forks.append(message)
            message.verdict = 'held fork'
        else:
            self.check_room(message)
            track.take(message)
            message.verdict = held or message.verdict

    def check_disclosed(self, message):
        """Checks that the event names exactly the sections in the message, and that the refer committed to them (REX-THR-030)."""
        committed, own = (each.manifest['section_digests'] for each in (self.track.refer, message))
        named, carried = message.content['sections'], [index for index, section in message.sections if section['type'] != 'event']
        same = len(carried) == len(named) and all(
            index < len(own) and place < len(committed) and own[index] == committed[place] for index, place in zip(carried, named)
        )
        demand(same, 'not the sections to which the refer committed', 'INVALID_EVENT')

    def check_sections(self, message):
        """Checks rows 10 to 13. Returns the verdict `held` for the first unknown code, or an empty text."""
        known = [section for _, section in message.sections if section['type'] in section_table()]
        values = [referral.read_section(section['type'], section['content'])[2] for section in known]
        if message.name == 'refer':
            self.check_refer(message, values)
        found = [events.unknown_code(message.event)]
        found += [('section.type', type) for type in message.types if type not in section_table()]
        found += map(referral.unknown_code, values)
        code = next(filter(None, found), None)
        return f'held {code[0]}={code[1]}' if code else ''

    def check_refer(self, message, values):
        first = message.sections and message.sections[0][0] == (0 if message.manifest['event'] else 1)
        alone = message.types.count('triage') == 1 and message.types[0] == 'triage'
        demand(first and alone, 'not one triage, as the first section', 'INVALID_REFERRAL', 'triage')
        rules = [value['handling'] for value in values if 'handling' in value]
        demand(rules, 'no handling rules', 'HANDLING_REFUSED', 'handling')
        for each in rules:
            referral.check_handling(each, message.types)

    def check_room(self, message):
        """Checks that the track has room for one more message (REX-THR-020, REX-THR-026, REX-THR-079)."""
        track, row = self.track, transitions()[message.transition][1]
        ends = message.transition in TAKING_BACK or row.get('accepted') in terminal_states() or row.get('requested') in terminal_states()
        messages = [*track.placed.values(), *track.parked.values(), message]
        most, room = limit('eventsPerTrack'), limit('trackBytes')
        if not ends:
            most, room = most - limit('terminalReserve'), room - limit('terminalReserveBytes')
        demand(len(messages) <= most and sum(map(size, messages)) <= room, 'the track is full', 'LIMIT_EXCEEDED')
        parked = len(track.parked) < PARKED or track.missing(message) is None
        demand(parked, 'too many parked events', 'LIMIT_EXCEEDED')


def size(message):
    return len(encode('Event', message.event)) + sum(len(section['content']) for _, section in message.sections)


def judge_thread(organisation, referrer, recipient, given):
    """Judges the messages of a track in order. Returns the verdicts and the final track."""
    judge, values, messages = Judge(organisation, referrer, recipient), {}, []
    for index, each in enumerate(given):
        messages.append(judge.take(each))
        values[f'verdict {index}'] = messages[-1].verdict
    for index, message in enumerate(messages):
        values[f'final {index}'] = message.verdict
    state, order, effective = apply(judge.track.placed)
    return {**values, 'state': state, 'order': order, 'effective': effective, 'heads': judge.track.heads()}
