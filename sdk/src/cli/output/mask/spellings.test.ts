// Tests of other spellings of names, numbers, handles and days of birth. docs/guide/rex-desk.md, "Names are masked"
import { expect, test } from 'vitest'
import type { Referral } from '../../../core/referral/index.ts'
import { processorTime } from '../../../testing/harness/processor-time.ts'
import { maskReferral, maskTexts } from './mask.ts'

/** Returns the parts of a text that stay visible if the referral has this name, handle, number or day of birth. */
function shown(
  text: string,
  secret: { name?: string; handle?: string; url?: string; phone?: string; mail?: string; born?: string },
): string {
  const { name = 'Nobody Known', handle, url, phone, mail, born } = secret
  const person = {
    id: 'a',
    roles: ['child'],
    names: [{ kind: 'legal', full: name }],
    ...(born && { dateOfBirth: born }),
  }
  const value = phone ?? mail
  const referral = {
    people: [person],
    ...(value && { contact: { channels: [{ person: 'a', type: phone ? 'phone' : 'email', value }] } }),
    accounts: [{ id: 'x', service: 'chat.example', ...(handle && { handle }), ...(url && { urls: [url] }) }],
    narrative: [{ text, language: 'en' }],
  }
  return maskReferral(referral as unknown as Partial<Referral>).narrative?.[0]?.text ?? ''
}

test.each([
  [
    '+31 6 1234 5678',
    '+31 (0)6 1234 5678; 0031(0)612345678; tel:+31612345678; (06) 12 34 56 78; 06-12345678; 6 12 34 56 78',
  ],
  [
    '0612345678',
    '+31612345678; +31 6 1234-5678; 0031 6 1234 5678; 06 – 12 34 56 78; 06.12.34.56.78; 06/12345678',
  ],
  ['(020) 555-0199', '+44 20 555 0199; 020 5550199; 20\u00b7555\u00b70199; 555 0199; 5550199'],
  [
    '+٩٦٢ ٧ ٩٠١٢ ٣٤٥٦',
    '+962 7 9012 3456; 0790123456; ٠٧٩٠١٢٣٤٥٦; 7\u200b9012\u200b3456; ０７９０１２３４５６',
  ],
  ['+1 212 555 0142', '(212) 555-0142; 212.555.0142; 1-212-555-0142; 555-0142; 2 1 2 5 5 5 0 1 4 2'],
])('T-149 a telephone number %s is hidden in any spelling', (phone, text) => {
  expect(shown(text, { phone }).replace(/tel:/, '')).toMatch(/^(?:[^\p{N};]*•••[^\p{N};]*(?:;|$))+$/u)
})

test('T-149 other numbers stay', () => {
  const text =
    'Case 2026-0017 of 12 March, 5 children, room 1234, hotline 116 111, call 06 8765 4321; ref 1234567812345.'
  expect(shown(text, { phone: '+31 6 1234 5678' })).toBe(text)
})

test.each([
  [{ handle: '@sunny_side' }, 'sunny_side, @sunny_side, SunnySide, sunny-side, @ sunny side'],
  [{ handle: 'sunny_side' }, '@sunny_side; Sunny_Side'],
  [{ handle: 'sunnyside#1234' }, 'sunnyside#1234, sunnyside'],
  [{ handle: 'u/sunnyside' }, 'sunnyside, /u/sunnyside, u/sunnyside'],
  [
    { url: 'https://www.chat.example/users/sunnyside' },
    'chat.example/users/sunnyside, sunnyside, @sunnyside',
  ],
  [{ mail: 'sunny.side@mail.example' }, 'sunny.side@mail.example, sunny.side, sunnyside'],
])('T-149 the handle of %o is hidden in any form', (secret, text) => {
  expect(shown(text, secret).toLowerCase()).not.toMatch(/sunny|side/)
})

test.each([
  ['Sinéad O’Brien', "Sinead O'Brien, SINEAD OBRIEN, O´Brien, O′Brien, Oʻbrien, O＇Brien, Oʹbrien"],
  [
    'Anne-Marie Li',
    'Anne‐Marie, Anne‑Marie, Anne−Marie, Anne–Marie, Anne Marie, AnneMarie, anne\u00admarie, Li, LI',
  ],
  ['Søren Ångström', 'Soren Angstrom, Soeren Aangstroem, SÖREN'],
  ['Dũng Đặng', 'Dung Dang, DUNG'],
  ['Bo Li', 'Bo; LI; Bo-Li; li bo'],
  ['Sarah Amal', 'Sara, SARAH, Amal'],
])(
  'T-149 the name %s is hidden without accents, with other apostrophes and hyphens, in parts',
  (name, text) => {
    expect(shown(text, { name }).replace(/[^\p{L}]/gu, '')).toBe('')
  },
)

test.each([
  ['Аня Петрова', 'Anya Petrova, Ania Petrowa, ANYA, anja'],
  ['Anya Petrova', 'Аня Петрова, АНЯ ПЕТРОВА, петрова, Петровой'],
  ['Юлия Щербакова', 'Yulia, Iuliia, Julija, Shcherbakova, Scherbakowa'],
  ['Дмитрий Хан', 'Dmitry, Dmitri, Dmitrij, Dmitriy, Khan, Chan'],
  ['Марина', 'Марины, Марину, Мариной, Марине'],
  ['Γιώργος Παπαδόπουλος', 'Giorgos Papadopoulos, Papadopulos'],
  ['محمد يوسف', 'Muhammad, Mohammed, Mohamed, Mohammad, Yusuf, Youssef, Yousef'],
  ['Muhammad Yusuf', 'محمد، يوسف، ومحمد، Mohamed, Mohammad'],
  ['فاطمة الزهراني', 'Fatima, Fatimah, Fatma, Zahrani, الزهرانى'],
  ['דניאל כהן', 'Daniel, Danial, Kohen'],
  ['Արման Պետրոսյան', 'Arman, Petrosyan, Petrosian'],
  ['მარიამ', 'Mariam, MARIAM'],
  ['김민수', 'Kim Min-su, Minsoo Kim, Min Su, Kim, Gim'],
  ['박지영', 'Park Ji-young, Jiyeong Bak, Ji Young'],
  ['이서연', 'Lee Seo-yeon, Seoyeon, Yi Suyeon'],
  ['さくら', 'Sakura'],
  ['しんじ', 'Shinji'],
  ['りょうこ', 'Ryouko, Ryoko'],
  ['ユウコ ショウタ', 'Yuko, Yuuko, Shota, Shouta'],
])('T-149 the name %s is hidden in another script or transliteration', (name, text) => {
  expect(shown(text, { name }).replace(/[^\p{L}]/gu, '')).toMatch(/^[وفبل]*$/)
})

test.each([
  ['أحمد الحسن', 'احمد، ٱحمد، إحمد، أَحْمَد، أحـمد، وأحمد، الحسن، حسن، لأحمد'],
  ['يحيى هبة', 'يحيي، یحیی، هبه، ہبہ'],
  ['عبد الله رؤوف', 'عبدالله، عبد الله، رووف'],
  ['کریم', 'كريم، ڪريم، کریم'],
])('T-149 the name %s is hidden in variants of Arabic spelling', (name, text) => {
  expect(shown(text, { name }).replace(/[^\p{L}]/gu, '')).toMatch(/^[وفبل]*$/)
})

test('T-149 a name of two letters is hidden before and after an apostrophe', () => {
  expect(shown('Li’s aunt, d’Ali, LI', { name: 'Li Ali' })).toBe('•••’s aunt, d•••, •••')
})

test('T-149 family and given name written together are hidden alone too', () => {
  for (const [name, text] of [
    ['王小明', '小明, 王小明'],
    ['김민수', '민수, 김 민수'],
    ['山田花子', '山田さん、花子'],
  ] as const)
    expect(shown(text, { name }).replace(/[^\p{L}]/gu, '')).toMatch(/^(?:さん)?$/)
})

test('T-149 days of birth are hidden in figures of any kind, in other calendars too', () => {
  for (const day of [
    '9-V-2014',
    '9. 5. 2014',
    '2014年5月9日',
    '140509',
    '09052014',
    '2014-05-09T00:00Z',
    '20140509T0000',
    '١٩/٢/١٣٩٣',
    '1393/02/19',
    '9 May 2557',
    '10/7/1435',
  ])
    expect(shown(`born ${day} here`, { born: '2014-05-09' }).replace(/[Z日:0]/g, '')).toMatch(
      /^born •••\s?here$/,
    )
})

test('T-149 ordinary words stay, whatever the names', () => {
  const text =
    'On Sunday the more humid crime scene in the Main Street made many a man cry; Some Cream, Denmark. Her mother called at noon.'
  for (const name of [
    '박지영',
    '安明',
    'Sinead Khan',
    'Дмитрий Хан',
    'Ли',
    'Дан',
    'נועה',
    'Аня',
    'Mirna Dan',
    'Омар',
  ])
    expect(shown(text, { name })).toBe(text)
})

test('T-149 many names, numbers and long texts take linear time', () => {
  const cost = (times: number) => {
    const texts = Array.from({ length: 150 * times }, (_, i) => `+31 6 1${String(i).padStart(7, '0')}`)
    const names = Array.from(
      { length: 150 * times },
      (_, i) => `Имя${'абвгд'[i % 5]}${String.fromCharCode(0x430 + (i % 30))}`,
    )
    const text = '06 1234 5678 1 2 3 4 5 6 7 8 9 0 Muhammad Yusuf Anya '.repeat(150 * times)
    const busy = processorTime()
    maskTexts({ text }, { texts: [...texts, ...names], names, dates: ['2014-05-09'] })
    return busy()
  }
  cost(1)
  expect(cost(8)).toBeLessThan(40 * Math.max(cost(1), 10_000))
})

test.each([
  ['王芳', '王芳，王 芳，王·芳，芳王，小芳，阿芳，芳芳，王女士，老王，王同学，王阿姨', '国王说芬芳的明天'],
  ['李小明', '李小明，小明，小明李，李先生，李同學，小李，明明', '行李在说明书里'],
  ['佐藤 愛', '佐藤愛、佐藤さん、愛ちゃん、愛さん、愛佐藤、佐藤　愛', '愛する人の恋愛'],
  ['林太郎', '林さん、太郎君、林太郎', '森林と郎党'],
  ['欧阳明华', '欧阳，明华，欧阳明华，明华欧阳', '阳光明天中华'],
  ['長谷川愛', '長谷川さん、愛ちゃん', '川の愛'],
  ['김민수', '김민수, 민수가, 김 씨, 김씨', '수업 시간'],
])('T-149 the name %s is hidden without spaces, in parts and in forms of address', (name, text, other) => {
  expect(shown(text, { name })).not.toMatch(/(?![ちゃんさ君가와])[\p{sc=Han}\p{sc=Hangul}]/u)
  expect(shown(other, { name })).toBe(other)
})

test('T-149 a name of one Chinese character is hidden only where it stands alone', () => {
  expect(shown('明 said, 明, 小明', { name: '明' })).toBe('••• said, •••, •••')
  expect(shown('明天说明', { name: '明' })).toBe('明天说明')
})

test.each([
  '五月九日',
  '平成二十六年五月九日',
  '9 พฤษภาคม 2557',
  '९ मई 2014',
  '9 Iyar 5774',
  'ט׳ באייר תשע״ד',
  '۱۹ اردیبهشت ۱۳۹۳',
  '١٠ رجب ١٤٣٥',
  'May the ninth',
  'ninth of May',
  '9MAY2014',
  '09May2014',
  'May9,2014',
  '9 Mei 2014',
  '9 tháng 5',
  '٩ أيار ٢٠١٤',
  '9 أيار',
  '9 ماي 2014',
  '9 Bealtaine 2014',
  '9 de maig de 2014',
])('T-149 the day of birth is hidden as %s', (text) => {
  expect(shown(text, { born: '2014-05-09' })).toContain('•••')
})

test.each([
  ['🌸lily🌸', '🌸lily🌸, lily, @lily, 🌸 lily'],
  ['xX_lily_Xx', 'lily, @lily, xX_lily_Xx'],
  ['-=lily=-', 'lily, -=lily=-'],
])('T-149 the handle %s is hidden without its decoration', (handle, text) => {
  expect(shown(text, { handle })).not.toContain('lily')
})

test('T-058 names of Chinese characters take linear time', () => {
  const people = Array.from({ length: 500 }, (_, i) => ({
    id: `p${i}`,
    roles: ['child'],
    names: [{ kind: 'legal', full: String.fromCharCode(0x4e00 + i, 0x5e00 + i, 0x6e00 + i) }],
    dateOfBirth: '2014-05-09',
  }))
  const text = String.fromCharCode(...Array.from({ length: 20_000 }, (_, i) => 0x4e00 + ((i * 7) % 3000)))
  const busy = processorTime()
  maskReferral({ people, narrative: [{ text, language: 'zh' }] } as unknown as Partial<Referral>)
  expect(busy()).toBeLessThan(5000)
})
