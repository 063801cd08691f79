import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { processorTime } from '../testing/harness/processor-time.ts'
import { isEntityId, parseEntityId, readEntityId } from './identifier.ts'

const longest = `https://ngo.example/${'a'.repeat(235)}`

describe('entity identifiers', () => {
  test.each([
    'https://ngo.example',
    'https://police.example/cyber',
    'https://a.b-c.example/x/y_z/~1',
    'https://xn--bcher-kva.example',
    longest,
  ])('%s is an identifier', (text) => expect(parseEntityId(text)).toBe(text))

  test.each([
    ['nothing', ''],
    ['another scheme', 'http://ngo.example'],
    ['no scheme', 'ngo.example'],
    ['upper case', 'https://NGO.example'],
    ['upper case in the path', 'https://ngo.example/Unit'],
    ['a port', 'https://ngo.example:443'],
    ['a user', 'https://a@ngo.example'],
    ['a query', 'https://ngo.example?a'],
    ['a fragment', 'https://ngo.example#desk'],
    ['a trailing slash', 'https://ngo.example/'],
    ['an empty segment', 'https://ngo.example//a'],
    ['a dot segment', 'https://ngo.example/./a'],
    ['a double dot segment', 'https://ngo.example/../a'],
    ['percent-encoding', 'https://ngo.example/%61'],
    ['a host of one label', 'https://localhost'],
    ['an IPv4 address', 'https://127.0.0.1'],
    ['a host that ends in a number', 'https://ngo.0'],
    ['an IPv6 address', 'https://[::1]'],
    ['an empty label', 'https://ngo..example'],
    ['a trailing dot', 'https://ngo.example.'],
    ['a hyphen at the edge', 'https://-ngo.example'],
    ['a label of 64', `https://${'a'.repeat(64)}.example`],
    ['white space', 'https://ngo.example '],
    ['a line break', 'https://ngo.example\n'],
    ['NUL (T-056)', 'https://ngo.example/\0'],
    ['a homograph (T-034)', 'https://ngо.example'],
    ['bidi control (T-056)', 'https://ngo.example/\u202Ea'],
    ['256 bytes', `${longest}a`],
  ])('%s is none', (_name, text) => {
    expect(isEntityId(text)).toBe(false)
    expect(() => parseEntityId(text, 'sender')).toThrow(
      expect.objectContaining({ reason: 'MALFORMED', path: 'sender' }),
    )
  })

  test.each([
    ['https://Hotline.Example', 'https://hotline.example'],
    ['HTTPS://hotline.example/unit', 'https://hotline.example/unit'],
    [' https://hotline.example\r\n', 'https://hotline.example'],
  ])('T-152 a person may write %j', (text, meant) => expect(readEntityId(text)).toBe(meant))

  test.each([
    'https://hotline.example.',
    'https://hotline.example/',
    'https://Hotline.example:443',
    'http://hotline.example',
    'hotline.example',
  ])('T-152 %s is refused with the correct spelling', (text) => {
    for (const read of [readEntityId, parseEntityId])
      expect(() => read(text)).toThrow(
        expect.objectContaining({ hint: expect.stringContaining('Write it as https://hotline.example:') }),
      )
  })

  test.each([
    ['https://kinderschütz.example/büro', 'Write https://host'],
    ['https://kinderschütz.example', 'Write it as https://xn--kinderschtz-1hb.example:'],
    ['https://Kinderschu\u0308tz.example/unit', 'Write it as https://xn--kinderschtz-1hb.example/unit:'],
    ['https://مساعدة.example', 'Write it as https://xn--mgbero5aze.example:'],
    ['https://0x7f.1', 'Write https://host'],
    [`https://ü.${'x'.repeat(1_000_000)}`, 'Write https://host'],
  ])('T-152 the host of %s is suggested in ASCII', (text, hint) =>
    expect(() => readEntityId(text)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint) }),
    ),
  )

  test.each([undefined, null, 7, {}])('T-152 %j is refused like a text', (value) =>
    expect(() => readEntityId(value)).toThrow(expect.objectContaining({ reason: 'MALFORMED' })),
  )

  test('every identifier is its own normal form as a URL', () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,8}$/)
    const segment = fc.stringMatching(/^[a-z0-9._~%-]{0,6}$/)
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), fc.array(segment), (labels, segments) => {
        const text = [`https://${labels.join('.')}`, ...segments].join('/')
        fc.pre(!text.includes('xn--'))
        if (isEntityId(text)) expect(new URL(text).href).toBe(segments.length === 0 ? `${text}/` : text)
      }),
    )
  })

  test('T-058 hostile texts take linear time', () => {
    const busy = processorTime()
    for (const text of ['a.', 'a-', 'a', '/a', '-'])
      isEntityId(`https://${text.repeat(500_000)}!`.slice(0, 255)) ||
        isEntityId(`https://${text.repeat(500_000)}!`)
    expect(busy()).toBeLessThan(500)
  })
})
