"""Refusals. docs/spec/errors.md"""


class Refused(Exception):
    """The refusal of an object: `reason` (REX-ERR-001), `path` of the part, `stage` of REX-ENV-070."""

    def __init__(self, reason, detail='', path='', stage=''):
        super().__init__(reason, detail, path)
        self.reason, self.detail, self.path, self.stage = reason, detail, path, stage


def malformed(detail):
    return Refused('MALFORMED', detail)


def demand(condition, detail, reason='MALFORMED', path=''):
    """Raises Refused unless the condition holds."""
    if not condition:
        raise Refused(reason, detail, path)
