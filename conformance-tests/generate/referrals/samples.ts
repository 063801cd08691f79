// Texts that match each format, and texts that do not. docs/spec/referral.md, REX-REF-043, REX-REF-046

/** Right and wrong texts for each format. The first right text is also the example. */
export const SAMPLES: Readonly<
  Record<string, { readonly right: readonly string[]; readonly wrong: readonly string[] }>
> = {
  prose: {
    right: ['Fictional. Test traffic.', 'two\nlines\tand a tab', '\u202eright to left\u202c', '\u0001'],
    wrong: ['a\u0000b', 'a\ud800b', ''],
  },
  name: {
    right: ['Olena (fictional)', 'مريم\u200f', 'e\u0301'],
    wrong: ['two\nlines', 'a\u0085b', 'a\u2028b', 'a\udfffb', ''],
  },
  line: {
    right: ['user-7', '+380 44 000 00 00', 'Ünïcode'],
    wrong: ['a\tb', 'a\u200bb', 'a\u202eb', 'a\ufeffb', 'a\u061cb', ''],
  },
  'local-id': { right: ['p-1', 'url.17', 'X', 'constructor'], wrong: ['-a', '.a', 'a b', 'é', ''] },
  code: { right: ['own-code', 'x1'], wrong: ['Own', 'a--b', '-a', 'a-', ''] },
  language: { right: ['uk', 'ar-Latn', 'und', 'x-klingon'], wrong: ['u', 'uk_UA', 'uk-', 'abcdefghi', ''] },
  country: { right: ['UA'], wrong: ['ua', 'U', 'UKR', ''] },
  'partial-date': {
    right: [
      '2014',
      '2014-05',
      '2014-05-09',
      '2014-05~',
      '2014?',
      '2014%',
      '2014/2016-03',
      '../2016',
      '2014/..',
      '2026-05-09T14:30Z',
      '2024-02-29',
      '2026-05-09T14:30:00.123456789+14:59',
      '2014-05/2014',
      '2014/2014-05',
      '2026-05-09T14:30Z/2026-05-09T14:30Z',
      '2026-05-09T14:30+02:00/2026-05-09T13:00Z',
      '2026-05-09T14:30:00.25Z/2026-05-09T14:30:00.5Z',
    ],
    wrong: [
      '2014-13',
      '2014-02-30',
      '2023-02-29',
      '14',
      '2014-5',
      '2016/2014',
      '../..',
      '2026-05-09T14:30',
      '2026-05-09T24:00Z',
      '2026-05-09t14:30z',
      '2026-05-09T14:30:60Z',
      '2026-05-09T14:30+15:00',
      '2014-05-09~~',
      '',
      '2026-05-09T14:30+02:60',
      '2014/2015/2016',
      '2026-05-09T14:30-02:00/2026-05-09T13:00Z',
      '2026-05-09T14:30:00.5Z/2026-05-09T14:30:00.25Z',
    ],
  },
  instant: {
    right: ['2026-05-09T14:30:00+02:00', '2026-05-09T14:30Z'],
    wrong: ['2026-05-09', '2026-05-09T14:30:00', '2026-02-30T14:30Z', '2026-05-09T14:30:00.1234567890Z', ''],
  },
  clock: { right: ['00:00', '23:59'], wrong: ['24:00', '9:30', '12:60', ''] },
  zone: { right: ['Europe/Kyiv', 'UTC'], wrong: ['/Europe', 'Europe//Kyiv', 'Europe/', ''] },
  'group-id': {
    right: ['00112233445566778899aabbccddeeff'],
    wrong: ['00112233445566778899AABBCCDDEEFF', '00112233445566778899aabbccddee', ''],
  },
  url: {
    right: ['https://site.example/page', 'magnet:?xt=1'],
    wrong: ['site.example', 'HTTPS://site.example', 'https://site.example/\u200b', 'https:', ''],
  },
  organisation: {
    right: ['https://ngo.example', 'https://police.example/cyber'],
    wrong: ['http://ngo.example', 'https://NGO.example', 'https://ngo.example/', ''],
  },
  decimal: { right: ['-12.50', '0'], wrong: ['1e3', '.5', '1.', '+1', ''] },
  'network-address': { right: ['192.0.2.1', '2001:db8::1'], wrong: ['host', '192.0.2.1/24', ''] },
}

/** Formats that allow any characters, so that cases can test lengths with characters of two UTF-16 units. */
const FREE = new Set(['prose', 'name', 'line'])

/** Returns a text of this format with exactly `length` code points, or undefined if there is none. */
export function textOf(format: string, length: number): string | undefined {
  if (FREE.has(format)) return '𝒜'.repeat(length)
  if (format === 'local-id' || format === 'code') return 'a'.repeat(length)
  if (format === 'url') return `https://site.example/${'a'.repeat(length - 21)}`
  if (format === 'organisation') return `https://ngo.example/${'a'.repeat(length - 20)}`
  return undefined
}
