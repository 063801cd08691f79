import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as faults from '../../peer/partner/faults.ts'
import { STEPS } from '../../runner/desk/steps.ts'
import { VERBS } from '../../runner/gateway/run.ts'
import { HOOKS } from '../../runner/gateway/target.ts'
import { SCENARIOS } from '../../suite/folders.ts'
import { readJson } from '../../suite/read.ts'
import { readScenarios } from '../../suite/scenario.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rex-suites-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), content)
}

/** Returns the runner's messages about the suites, without the folder. */
function said(kind: string): string {
  try {
    return `${readScenarios(join(folder, kind)).length} scenarios`
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, '')
  }
}

/** A valid file. Each case below changes one line of it. */
const RIGHT = `{
  "title": "A decline reaches the desk.",
  "requirements": ["REX-THR-011"],
  "steps": [
    { "do": "open" },
    { "do": "send", "to": "ngo", "as": "t" },
    { "do": "see", "what": "message", "type": "refer", "as": "m" },
    { "do": "item", "kind": "event", "thread": "t" }
  ]
}
`
const OF_GATEWAY = `{
  "title": "A peer is answered.",
  "requirements": ["REX-DLV-010"],
  "steps": [
    { "do": "greet", "by": "ngo", "as": "hello" },
    { "do": "deliver", "by": "ngo", "expect": { "stored": "*" } }
  ]
}
`

test('a valid file is read', () => {
  write('desk/loop/x.json', RIGHT)
  expect(said('desk')).toBe('1 scenarios')
})

const at = 'desk/loop/x.json'
test.each([
  [
    'a trailing comma',
    '"thread": "t" }\n',
    '"thread": "t" },\n',
    `${at}:9:3: steps[4]: A value must come here. Is there a comma too many?`,
  ],
  [
    'a comma that lacks',
    '{ "do": "open" },',
    '{ "do": "open" }',
    `${at}:6:5: steps[0]: A comma must come here.`,
  ],
  [
    'a comment',
    '{ "do": "open" },',
    '{ "do": "open" }, // the desk',
    `${at}:5:23: steps[1]: JSON has no comments. Remove it.`,
  ],
  [
    'single quotes',
    '"title"',
    "'title'",
    `${at}:2:3: Texts and names stand in double quotes; the only words without are true, false and null.`,
  ],
  ['an end that lacks', '  ]\n}\n', '  ]\n', `${at}:10:1: steps: The object does not end. Add "}".`],
  ['more after the end', '  ]\n}\n', '  ]\n}}\n', `${at}:10:2: The file must end here. Remove the rest.`],
  [
    'an open text',
    '"open"',
    '"open',
    `${at}:5:13: steps[0].do: The text does not end on its line. Close it with a double quote; write a line end as \\n.`,
  ],
  [
    'a member twice',
    '"as": "t"',
    '"as": "t", "as": "u"',
    `${at}:6:45: steps[1].as: This member occurs twice. Remove one of the two.`,
  ],
  [
    'a title of another type',
    '"A decline reaches the desk."',
    '7',
    `${at}:2:3: title: 7 is not a text of the form \\S.*[.]$. The scenario as a sentence about the program under test, with a full stop.`,
  ],
  [
    'no title',
    '"title": "A decline reaches the desk.",',
    '',
    `${at}:1:1: The member title is missing. Add it.`,
  ],
  ['a list in place of the object', RIGHT, '[]', `${at}:1:1: [] is not an object.`],
  ['nothing', RIGHT, '', `${at}:1:1: A value must come here. Is there a comma too many?`],
  [
    'a member that nobody knows',
    '"title"',
    '"timeout": 3, "title"',
    `${at}:2:3: timeout: There is no such member here. Correct its name, or remove it. Possible: $schema, title, requirements, features, steps.`,
  ],
  [
    'a bad requirement id',
    'REX-THR-011',
    'REX-THR-11',
    `${at}:3:20: requirements[0]: "REX-THR-11" is not a text of the form ^REX-[A-Z]+-[0-9]{3}$.`,
  ],
  [
    'a requirement twice',
    '["REX-THR-011"]',
    '["REX-THR-011", "REX-THR-011"]',
    `${at}:3:3: requirements: The entries 0 and 1 are the same. Remove one.`,
  ],
  [
    'no steps',
    /"steps": \[[^\]]*\]/,
    '"steps": []',
    `${at}:4:3: steps: At least 1 must be here. The steps, done one after the other.`,
  ],
  ['a step that is no object', '{ "do": "open" }', '"open"', `${at}:5:5: steps[0]: "open" is not an object.`],
  [
    'a step without a verb',
    '{ "do": "open" }',
    '{}',
    `${at}:5:5: steps[0]: The member do is missing. Add it.`,
  ],
  [
    'an unknown partner',
    '"to": "ngo"',
    '"to": "hospital"',
    `${at}:6:21: steps[1].to: "hospital" is not one of "ngo", "police", "desk", or a list.`,
  ],
  [
    'a misspelt member',
    '"type": "refer"',
    '"typ": "refer"',
    `${at}:7:39: steps[2].typ: There is no such member here. Correct its name, or remove it. Possible: do, what, of,`,
  ],
  [
    'a misspelt value',
    '"what": "message"',
    '"what": "mesage"',
    `${at}:7:20: steps[2].what: "mesage" is not one of "message", "receipt",`,
  ],
  [
    'a member that lacks',
    ', "kind": "event"',
    '',
    `${at}:8:5: steps[3]: The member kind is missing. Add it.`,
  ],
  [
    'a name that nobody gave',
    '"thread": "t"',
    '"thread": "u"',
    `${at}:8:38: steps[3].thread: No earlier step is named u. Give one "as": "u", or correct the name.`,
  ],
  [
    'an unknown step',
    '"do": "open"',
    '"do": "opens"',
    `${at}:5:7: steps[0].do: There is no step "opens". Possible: open, close, kill, pair,`,
  ],
])('%s: the error names file, line, member and remedy', (_, right, wrong, says) => {
  write(at, RIGHT.replace(right, wrong))
  expect(said('desk').startsWith(says) ? says : said('desk')).toBe(says)
})

test.each([
  [
    'an unknown peer',
    '"by": "ngo", "expect"',
    '"by": "court", "expect"',
    '6:24: steps[1].by: There is no peer court. Add it to peers, or correct the name.',
  ],
  [
    'a result that nobody named',
    '"*"',
    '"$first.stored"',
    '6:49: steps[1].expect.stored: No earlier step is named first. Give one "as": "first", or correct the name.',
  ],
  [
    'an unknown feature',
    '"requirements"',
    '"features": ["clocks"], "requirements"',
    '3:16: features[0]: "clocks" is not one of "make", "start"',
  ],
  [
    'an unknown hook',
    '{ "do": "greet", "by": "ngo", "as": "hello" }',
    '{ "do": "operator", "hook": "explode" }',
    '5:25: steps[0].hook: "explode" is not one of "make", "start"',
  ],
  [
    'a number in quotes',
    '"as": "hello"',
    '"window": "12"',
    '5:35: steps[0].window: "12" is not a whole number, or a text of the form ^[$%][a-z], or an object.',
  ],
])('a gateway file with %s is refused', (_, right, wrong, says) => {
  write('gateway/delivery/x.json', OF_GATEWAY.replace(right, wrong))
  const message = said('gateway').replace('gateway/delivery/x.json:', '')
  expect(message.startsWith(says) ? says : message).toBe(says)
})

test('a byte order mark, bytes that are not UTF-8, and a file that is nested too deeply', () => {
  write(at, `\ufeff${RIGHT}`)
  expect(said('desk')).toBe(
    `${at}:1:1: The file begins with a byte order mark. Save it as UTF-8 without one.`,
  )
  write(at, Buffer.from(RIGHT.replace('reaches', 'r\u00e9aches'), 'latin1'))
  expect(said('desk')).toBe(`${at}:2:24: This is not UTF-8. Save the file as UTF-8.`)
  write(at, '['.repeat(1_000_000))
  expect(said('desk')).toBe(`${at} is nested too deeply.`)
})

test('a duplicate suite name, a wrong file name and a missing suite are refused', () => {
  write(at, RIGHT)
  write('desk/trust/x.json', RIGHT)
  write('desk/trust/No-Name.json', RIGHT)
  expect(said('desk').split('\n')).toEqual([
    'desk/trust/No-Name.json: the name of the file may have lower-case letters, digits and _ only. Rename it.',
    'desk/trust/x.json: loop has a scenario of this name. Rename one.',
  ])
  expect(() => readScenarios(join(folder, 'desk'), ['lop'])).toThrow(/There is no folder .*lop/)
})

interface Schema {
  readonly $defs: Readonly<Record<string, { readonly enum?: readonly string[] }>>
}

test('the schemas have exactly the steps, faults and hooks of the runner', () => {
  const [desk, gateway] = ['desk', 'gateway'].map(
    (kind) => readJson(join(SCENARIOS, `${kind}.schema.json`)) as Schema,
  )
  const stepsOf = (schema?: Schema) =>
    Object.keys(schema?.$defs ?? {}).flatMap((name) =>
      name.startsWith('do-') ? [name.slice('do-'.length)] : [],
    )
  expect(stepsOf(desk).sort()).toEqual(Object.keys(STEPS).sort())
  expect(stepsOf(gateway).sort()).toEqual(Object.keys(VERBS).sort())
  expect(gateway?.$defs.hook?.enum).toEqual(HOOKS)
  expect({
    envelopeFault: desk?.$defs.envelopeFault?.enum,
    receiptFault: desk?.$defs.receiptFault?.enum,
    storedFault: desk?.$defs.storedFault?.enum,
    inviteFault: desk?.$defs.inviteFault?.enum,
    statementFault: desk?.$defs.statementFault?.enum,
  }).toEqual({
    envelopeFault: Object.keys(faults.ENVELOPE_FAULTS),
    receiptFault: Object.keys(faults.RECEIPT_FAULTS),
    storedFault: Object.keys(faults.STORED_FAULTS),
    inviteFault: Object.keys(faults.INVITE_FAULTS),
    statementFault: Object.keys(faults.STATEMENT_FAULTS),
  })
})
