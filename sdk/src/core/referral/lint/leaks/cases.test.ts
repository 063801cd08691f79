// Tests of leaks, case by case: a name, a text that every recipient gets, and what the lint finds. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import { lint, type Referral, type Text, validate } from '../../index.ts'
import { CARE, CHILD, MOTHER, NOW } from '../fixture.ts'
import { WORDS } from '../words/index.ts'

const referral = (full: string, text: string, language = 'en'): Referral => ({
  ...CARE,
  people: [{ ...CHILD, names: [{ kind: 'known-as', full }] }, MOTHER],
  triage: { ...CARE.triage, note: { text, language } },
})
const codes = (changed: Referral) => [
  ...new Set(lint(changed, { now: NOW, words: WORDS }).map(({ code }) => code)),
]

test.each<[string, string, 'leak' | 'leak-word' | 'ordinary-word' | 'nothing', string?]>([
  // Words that are also names, used as words.
  ['Joy', 'Joy is rare in this home.', 'ordinary-word'],
  ['Grace', 'He was given a grace period.', 'ordinary-word'],
  ['Faith', 'FAITH-BASED SHELTER ONLY', 'ordinary-word'],
  ['Mercy', 'Placed at Mercy Hospital.', 'ordinary-word'],
  ['Will', 'Will she stay there?', 'ordinary-word'],
  ['April', 'Court date: April', 'ordinary-word'],
  ['Angel', 'Her sister is an angel.', 'ordinary-word'],
  ['Esperanza', 'Hay esperanza de acogida.', 'ordinary-word', 'es'],
  ['Dolores', 'Dolores de cabeza desde mayo.', 'ordinary-word', 'es'],
  ['Pierre', 'Une pierre a été lancée.', 'ordinary-word', 'fr'],
  ['Désirée', 'La mesure désirée est un placement.', 'ordinary-word', 'fr'],
  ['Engel', 'Das Kind malt einen Engel.', 'ordinary-word', 'de'],
  ['Надія', 'Є надія на прийомну сімʼю.', 'ordinary-word', 'uk'],
  ['Вера', 'Вера в суд потеряна.', 'ordinary-word', 'ru'],
  ['Umut', 'Umut var.', 'ordinary-word', 'tr'],
  ['Amani', 'Familia inataka amani.', 'ordinary-word', 'sw'],
  ['رحمة', 'تحتاج الأسرة إلى رحمة', 'ordinary-word', 'ar'],
  ['امید', 'خانواده امید دارد', 'ordinary-word', 'fa'],
  ['תקווה', 'יש תקווה למשפחה', 'ordinary-word', 'he'],
  ['希望', '家人希望留下。', 'ordinary-word', 'zh'],
  ['사랑', '아이는 사랑이 필요하다.', 'ordinary-word', 'ko'],
  ['आशा', 'परिवार को आशा है', 'ordinary-word', 'hi'],
  ['ሰላም', 'ቤተሰቡ ሰላም ይፈልጋል', 'ordinary-word', 'am'],
  ['Will Young', 'She will be with young people.', 'ordinary-word'],
  ['Jordan', 'The family left Jordan, Syria and Iraq.', 'ordinary-word'],
  // Words that are also names, used as names.
  ['Hope', 'Please ask Hope about school.', 'leak-word'],
  ['Hope', 'The worker met Ms Hope.', 'leak-word'],
  ['Angel', 'The brother of Angel is safe.', 'leak-word'],
  ['Mercy Xample', 'Mercy Xample is eight.', 'leak'],
  // Names.
  ['Xenia', 'Xenia must be seen.', 'leak-word'],
  ['Xenia', 'XENIA MUST BE SEEN', 'leak-word'],
  ['Anna-Maria Xample', 'Maria must be seen.', 'leak-word'],
  ['Xample, Xenia', 'The Xamples and Xenia moved.', 'leak-word'],
  ["Siobhán O'Xample", 'Ask for Siobhan.', 'leak-word'],
  ['Елена Вигадана', 'Вигадана просит помощи.', 'leak-word', 'ru'],
  ['李小明', '孩子李小明八岁。', 'leak-word', 'zh'],
  ['فاطمة الخيال', 'وفاطمة في المدرسة', 'leak-word', 'ar'],
  // Names with the endings of their language.
  ['Олена Вигадана', 'Мати Олени Вигаданої просить допомоги.', 'leak-word', 'uk'],
  ['Сергій Вигаданий', 'Мати живе з Сергієм.', 'leak-word', 'uk'],
  ['Иван Вымышленный', 'Мать живёт с Иваном.', 'leak-word', 'ru'],
  ['Zofia Wymyślona', 'Matka Zofii prosi o pomoc.', 'leak-word', 'pl'],
  ['Надія', 'Вони втратили надію.', 'ordinary-word', 'uk'],
  ['Zofia Wymyślona', 'The zofie is ill.', 'nothing', 'en'],
  // Names without spaces.
  ['Xenia Xample', 'See #XeniaXample.', 'leak'],
  // Words that name nobody.
  ['Baby girl', 'A baby girl was found.', 'nothing'],
  ['Not known', 'Age not known exactly.', 'nothing'],
  ['Unknown male', 'An unknown male follows her.', 'nothing'],
  ['Mother of the child', 'The mother of the child asks.', 'nothing'],
  ['Child A', 'Child A is safe.', 'nothing'],
  ['Nombre desconocido', 'El nombre desconocido', 'nothing', 'es'],
  ['Homme inconnu', 'Un homme inconnu la suit.', 'nothing', 'fr'],
  ['John Doe', 'A John Doe case.', 'nothing'],
  ['Jane', 'Jane is ill.', 'leak-word'],
  ['Baby Young', 'Baby Young is ill.', 'leak'],
  ['平安', '孩子平安。', 'ordinary-word', 'zh'],
  ['Mother', 'Mother knows.', 'nothing'],
  ['Unknown', 'Unknown how she arrived.', 'nothing'],
  ['Ana', 'Banana analysis.', 'nothing'],
])('REX-REF-093 %s in "%s": %s', (full, text, found, language) => {
  expect(codes(referral(full, text, language))).toEqual(found === 'nothing' ? [] : [found])
})

test.each<[string, Partial<Referral>, string, boolean]>([
  ['a number in another spelling', {}, 'Call 00380445550199 at night.', true],
  ['a number without its country', {}, 'Ring (044) 555 0199.', true],
  ['another number', {}, 'Case line: +380 44 555 01 98.', false],
  [
    'a line of an address',
    { contact: { ...CARE.contact, addresses: [{ people: ['child'], lines: ['12 Example Street'] }] } },
    'Lives at 12, example street.',
    true,
  ],
  [
    'a school',
    { people: [{ ...CHILD, school: 'Riverside Primary' }, MOTHER] },
    'She attends RIVERSIDE PRIMARY.',
    true,
  ],
  [
    'a profile',
    { accounts: [{ id: 'a', service: 'S', urls: ['https://www.s.example/xeniax'] }] },
    'See hxxps://s[.]example/xeniax',
    true,
  ],
  [
    'an address of e-mail',
    { people: [{ ...CHILD, identifiers: [{ type: 'e-mail', value: 'Xenia.X@mail.example' }] }, MOTHER] },
    'Write to xenia.x@mail.example',
    true,
  ],
  [
    'an IPv6 address in another spelling',
    { incident: { types: ['csam'], addresses: [{ address: '2001:db8::1', event: 'upload' }] } },
    'From 2001:0DB8:0:0:0:0:0:1.',
    true,
  ],
  [
    'a handle with digits',
    { accounts: [{ id: 'a', service: 'S', handle: 'xenia_2014' }] },
    'Known as XENIA_2014.',
    true,
  ],
  [
    'a number without its spaces',
    { people: [{ ...CHILD, identifiers: [{ type: 'national-id', value: 'QQ 12 34 56 C' }] }, MOTHER] },
    'Number QQ123456C.',
    true,
  ],
  [
    'a number with other spaces',
    { people: [{ ...CHILD, identifiers: [{ type: 'vehicle', value: 'AB123CD' }] }, MOTHER] },
    'Car AB-123-CD.',
    true,
  ],
  [
    'the place of the incident',
    { incident: { types: ['neglect'], places: [{ lines: ['12 Quay Road'] }] } },
    'At 12 Quay Road.',
    true,
  ],
  [
    'a place of birth',
    { people: [{ ...CHILD, birthPlace: { lines: ['5 Hill Road'] } }, MOTHER] },
    'Born at 5 Hill Road.',
    true,
  ],
  [
    'a postal code',
    { contact: { ...CARE.contact, addresses: [{ people: ['child'], postalCode: 'AB1 2CD' }] } },
    'Near AB1 2CD.',
    true,
  ],
])('REX-REF-093 %s tells everybody: %s', (_, changes, text, leaks) => {
  const triage = { ...CARE.triage, note: { text, language: 'en' } }
  const found = lint({ ...CARE, ...changes, triage }, { now: NOW }).filter(
    ({ severity }) => severity === 'error',
  )
  expect(found.map(({ path }) => path)).toEqual(leaks ? ['triage.note.text'] : [])
})

test.each<[string, Partial<Referral>, string]>([
  [
    'limits of a consent',
    { consents: [{ legalBasis: 'contract', limits: { text: 'Not to Олена', language: 'en' } }] },
    'consents[0].limits.text',
  ],
  [
    'an extension',
    {
      extensions: [
        {
          owner: 'https://ngo.example',
          version: 1,
          section: 'triage',
          key: 'k',
          labels: [{ text: 'Note', language: 'en' }],
          value: { text: { text: 'Олена', language: 'uk' } },
          criticality: 'informative',
        },
      ],
    },
    'extensions[0].value.text.text',
  ],
])('REX-REF-093 leaks are searched in %s', (_, changes, path) => {
  expect(lint({ ...CARE, ...changes }, { now: NOW }).map((one) => `${one.code} ${one.path}`)).toEqual([
    `leak-word ${path}`,
  ])
})

const withId = (id: string): Partial<Referral> => ({
  people: [{ ...CHILD, names: [{ kind: 'legal', full: 'Xenia Xample' }], id }, MOTHER],
})

test.each<[string, Partial<Referral>, readonly string[]]>([
  [
    'the name of a person, in a consent',
    { ...withId('xenia-xample'), consents: [{ legalBasis: 'contract', person: 'xenia-xample' }] },
    ['leak-id consents[0].person'],
  ],
  [
    'a given name, among those who know',
    { ...withId('xenia.1'), consents: [{ legalBasis: 'contract', informedPeople: ['mother', 'xenia.1'] }] },
    ['leak-id consents[0].informedPeople[1]'],
  ],
  ['a name that only those read who get the name', withId('xenia-xample'), []],
  ['nothing', { ...withId('child'), consents: [{ legalBasis: 'contract', person: 'child' }] }, []],
])('REX-REF-021 an id that says %s', (_, changes, found) => {
  const all = lint({ ...CARE, ...changes }, { now: NOW }).map(({ code, path }) => `${code} ${path}`)
  expect(all).toEqual(found)
})

test.each<[string, object, string]>([
  ['key', { key: 'xenia-xample', value: { flag: true } }, 'leak-id extensions[0].key'],
  ['value', { key: 'k', value: { code: 'xenia-xample' } }, 'leak extensions[0].value.code'],
])('REX-REF-021 an extension tells everybody by its %s', (_, given, found) => {
  const extension = {
    owner: 'https://ngo.example',
    version: 1,
    section: 'triage',
    labels: [{ text: 'Note', language: 'en' }],
    criticality: 'informative',
    key: 'k',
    value: {},
    ...given,
  }
  const all = lint({ ...CARE, ...withId('child'), extensions: [extension] }, { now: NOW })
  expect(all.map(({ code, path }) => `${code} ${path}`)).toEqual([found])
})

test('REX-REF-093 leaks are searched among the organisations of a consent', () => {
  const people = [{ ...CHILD, school: 'Gymnasium 7' }, MOTHER]
  const consents = [{ legalBasis: 'contract', shareWithOrganisations: ['NHS', 'Gymnasium 7'] }]
  expect(
    lint({ ...CARE, people, consents }, { now: NOW }).map(({ code, path }) => `${code} ${path}`),
  ).toEqual(['leak consents[0].shareWithOrganisations[1]'])
})

test.each<[string, Partial<Referral>, string, readonly string[]]>([
  [
    'a school of a common name',
    { people: [{ ...CHILD, school: 'Primary School' }, MOTHER] },
    'Goes to primary school.',
    ['leak-word'],
  ],
  [
    'an identifier that is none',
    { people: [{ ...CHILD, identifiers: [{ type: 'passport', value: 'not known' }] }, MOTHER] },
    'Father not known.',
    ['leak-word'],
  ],
  [
    'a postal code like a number',
    { contact: { ...CARE.contact, addresses: [{ people: ['child'], postalCode: '1000' }] } },
    'Over 1000 URLs.',
    ['leak-word'],
  ],
  [
    'the page of a service',
    { accounts: [{ id: 'a', service: 'chat.example', urls: ['https://chat.example/'] }] },
    'Met on chat.example.',
    [],
  ],
  [
    'a passport number',
    { people: [{ ...CHILD, identifiers: [{ type: 'passport', value: 'AB 123456' }] }, MOTHER] },
    'Passport AB123456, AB 123456.',
    ['leak'],
  ],
])('REX-REF-143 %s may be found by chance, and then it can be confirmed', (_, changes, text, found) => {
  const triage = { ...CARE.triage, note: { text, language: 'en' } }
  const findings = lint({ ...CARE, ...changes, triage }, { now: NOW })
  expect(findings.map(({ code }) => code)).toEqual(found)
  for (const { code, id } of findings) expect(id !== undefined).toBe(code === 'leak-word')
})

test('REX-REF-143 a word is confirmed once, wherever it stands; another text, person or name is not', () => {
  const hope = referral('Hope', 'There is hope.')
  const [{ id = '' } = {}] = lint(hope, { now: NOW })
  expect(id).toMatch(/^[0-9a-f]{16}$/)
  const confirmed = (changed: Referral) => lint(changed, { now: NOW, confirm: [id] }).map(({ code }) => code)
  expect(confirmed(hope)).toEqual([])
  const moved: Referral = {
    ...hope,
    triage: CARE.triage,
    consents: [{ legalBasis: 'contract', limits: hope.triage.note as Text }],
  }
  expect([codes(moved), confirmed(moved)]).toEqual([['ordinary-word'], []])
  expect(confirmed(referral('Hope', 'There is some hope.'))).toEqual(['ordinary-word'])
  const other = { ...hope, people: hope.people?.map((one) => ({ ...one, id: `${one.id}2` })) ?? [] }
  const contact = { absent: { channels: 'withheld-for-safety' } }
  expect(confirmed({ ...other, contact })).toEqual(['ordinary-word'])
})

test('REX-REF-143 a name that means something else can be confirmed and sent, a leak or endangering contact cannot', () => {
  const country = referral('Ruritania', 'They left Ruritania in May.')
  const [{ id = '', severity } = {}] = lint(country)
  expect([severity, validate(country).ok, validate(country, { confirm: [id] }).ok]).toEqual([
    'error',
    false,
    true,
  ])
  const ids = (changed: Referral) => lint(changed).map(({ code, id }) => [code, id])
  expect(ids(referral('Xenia Xample', 'Xenia Xample is eight.'))).toEqual([['leak', undefined]])
  expect(ids({ ...CARE, contact: { ...CARE.contact, never: [{ type: 'phone' }] } })).toEqual([
    ['channel-forbidden', undefined],
  ])
})
