// Messages to seal with as many sections and recipients as there may be, and with more. docs/spec/envelope.md, REX-ENV-017, REX-ENV-018
import { OFFICES } from '../parties.ts'
import { happening } from '../threads/events.ts'
import { CONTENT } from '../threads/story.ts'
import type { Plan } from './plan.ts'

const ORGANISATIONS = ['ngo', 'police', ...OFFICES]
const section = (i: number) => [`type-${i}`, CONTENT.narrative] as const

function recipients(count: number, title: string): Plan {
  const to = ORGANISATIONS.slice(0, count).map((name) => ({ to: name }))
  return { title, requirements: ['REX-ENV-018'], event: happening('accept'), sections: [], recipients: to }
}

function sections(count: number, plan: Partial<Plan>): Plan {
  const { title = `${count} sections: as many section digests.`, ...rest } = plan
  return {
    title,
    requirements: ['REX-ENV-017'],
    sections: Array.from({ length: count }, (_, i) => section(i)),
    recipients: [{ to: 'ngo', sections: [0] }],
    ...rest,
  }
}

/** Messages to seal, by name. */
export const COUNTS: Readonly<Record<string, Plan>> = {
  recipients_4: recipients(4, 'Four recipients: four commitments, without a decoy.'),
  recipients_5: recipients(5, 'Five recipients: 16 commitments.'),
  recipients_16: recipients(16, 'Sixteen recipients: 16 commitments.'),
  recipients_17: recipients(17, 'Seventeen recipients: 64 commitments.'),
  recipients_65: {
    ...recipients(0, 'One recipient more than there may be.'),
    recipients: Array.from({ length: 65 }, () => ({ to: 'ngo' })),
    refused: 'LIMIT_EXCEEDED',
  },
  sections_4: sections(4, { title: 'Four sections: four section digests, without a decoy.' }),
  sections_64: sections(64, {}),
  sections_65: sections(65, { title: 'One section more than there may be.', refused: 'LIMIT_EXCEEDED' }),
  sections_64_and_event: sections(64, {
    title: 'As many sections as there may be, and an event that travels in one more.',
    event: happening('note'),
    refused: 'LIMIT_EXCEEDED',
  }),
  minimum_lower: {
    title: 'The message demands REX-1 at least, and the recipient offers REX-2.',
    requirements: ['REX-ENV-031'],
    input: { minimumSuite: 'REX-1' },
  },
  minimum_met: {
    title: 'The message demands REX-2, and the recipient offers it.',
    requirements: ['REX-ENV-031'],
    input: { minimumSuite: 'REX-2' },
  },
}
