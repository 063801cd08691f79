// Cases for every cell of the transition table, for each role. docs/spec/thread.md, "Transitions"
import type { CaseFile } from '../../suite/case.ts'
import { happening } from './events.ts'
import { judged, otherOf, ROLES, type Role, STAGED, Story } from './story.ts'
import { after, readTable, type Table, wayTo } from './table.ts'

export function cells(): CaseFile[] {
  const table = readTable()
  return table.states.flatMap((state) =>
    [...table.rows.keys()].flatMap((transition) =>
      ROLES.map((role) => cell(table, state, { transition, role })),
    ),
  )
}

function cell(table: Table, state: string, step: { transition: string; role: Role }): CaseFile {
  const { transition, role } = step
  const name = `cell_${state}_${transition}_${role}`.replaceAll('-', '_')
  const story = new Story(name)
  story.refer()
  for (const { transition: way, role: by } of wayTo(table, state)) story.say(by, happening(way))
  const sections = transition === 'disclose' ? [{ ...STAGED, index: 0 }] : []
  const heads = transition === 'refer' ? { heads: [] } : {}
  const written = story.say(role, happening(transition), { sections, ...heads })
  const next = after(table, state, step)
  const place = story.written.indexOf(written)
  const verdicts = Array.from({ length: place + 1 }, (_, i) =>
    i === place ? (next === undefined ? 'refused INVALID_EVENT' : 'received') : undefined,
  )
  return judged(name, {
    title: `In state ${state} the ${role} makes the transition ${transition}: ${next ?? 'refused'}.`,
    requirements: transition === 'disclose' ? ['REX-THR-010', 'REX-THR-030'] : ['REX-THR-010', 'REX-THR-011'],
    judge: otherOf(role),
    story,
    expected: { verdicts, state: next ?? state },
  })
}
