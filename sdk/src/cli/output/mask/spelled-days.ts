// Spells days of birth as people write them out: in many languages and calendars, in Chinese numerals, in English words. docs/guide/rex-desk.md,
// "Names are masked"

/** Languages in which dates of the Gregorian calendar are written. The months have other names in Arabic of the Levant and of the Maghreb. */
const LANGUAGES =
  'en es fr ar ar-SY ar-DZ ar-MA de nl it pt pl uk ru ro tr fa sv el hu cs bg hr fi da th hi bn ur he id ms sw vi am ne ta te mr gu pa si km lo my ka hy az uz ps so sq mk sr sl sk lt lv et is ga ca eu gl'
/** Languages of the other calendars. */
const CALENDARS: Readonly<Record<string, string>> = {
  persian: 'fa en ps',
  'islamic-umalqura': 'ar fa ur en tr id ms',
  'islamic-civil': 'ar fa ur en tr id ms',
  hebrew: 'he en',
  ethiopic: 'am en',
  coptic: 'ar en',
  indian: 'hi en',
}
const DAY = /\d{4}-\d{2}-\d{2}/g
const NUMERALS = '〇一二三四五六七八九'
const UNITS = 'first second third fourth fifth sixth seventh eighth ninth'.split(' ')
const TEENS =
  'tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth'.split(
    ' ',
  )

/** Returns the spellings of day and month, without the year, of each partial date that states a day. */
export function spelledDays(dates: readonly string[]): string[] {
  return dates.flatMap((date) => [...date.matchAll(DAY)].flatMap(([day]) => spellingsOf(day)))
}

function spellingsOf(date: string): string[] {
  const time = Date.parse(date)
  if (Number.isNaN(time)) return []
  const [, month = 0, day = 0] = date.split('-').map(Number)
  const written = formats().flatMap((format) => inOrders(format, time))
  const english = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' }).format(time)
  const ordinal = ordinalOf(day)
  const chinese = `${chineseOf(month)}月${chineseOf(day)}`
  const hebrew = hebrewOf(time)
  const words = [hebrew, `${ordinal} of ${english}`, `${english} ${ordinal}`, `${english} the ${ordinal}`]
  return [...new Set([...written, ...words, `${chinese}日`, `${chinese}号`, `${chinese}號`])]
}

/** Formats day before month and month before day, and also with leading zeros. */
function inOrders(format: Intl.DateTimeFormat, time: number): string[] {
  const parts = format.formatToParts(time)
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
  const [day, month] = [of('day'), of('month').replace(/[.,]/g, '')]
  if (!/\p{L}{2}/u.test(month)) return []
  const days = /^\d$/.test(day) ? [day, `0${day}`] : [day]
  // Some languages, such as Hebrew, join a word to the month.
  return [format.format(time), ...days.flatMap((one) => [`${one} ${month}`, `${month} ${one}`])]
}

let made: Intl.DateTimeFormat[] | undefined

function formats(): Intl.DateTimeFormat[] {
  const format = (language: string, calendar: string, month: 'long' | 'short') =>
    new Intl.DateTimeFormat(language, { calendar, month, day: 'numeric', timeZone: 'UTC' })
  made ??= [
    ...LANGUAGES.split(' ').flatMap((language) =>
      (['long', 'short'] as const).map((month) => format(language, 'gregory', month)),
    ),
    ...Object.entries(CALENDARS).flatMap(([calendar, languages]) =>
      languages.split(' ').map((language) => format(language, calendar, 'long')),
    ),
  ]
  return made
}

function ordinalOf(day: number): string {
  const [tens, units] = [Math.floor(day / 10), day % 10]
  if (tens === 1) return TEENS[units] ?? ''
  if (units === 0) return ['', '', 'twentieth', 'thirtieth'][tens] ?? ''
  return `${['', '', 'twenty-', 'thirty-'][tens]}${UNITS[units - 1]}`
}

/** Spells a number in Chinese numerals: 9 is 九, 19 is 十九, 20 is 二十. */
function chineseOf(value: number): string {
  const [tens, units] = [Math.floor(value / 10), value % 10]
  return `${tens > 1 ? NUMERALS[tens] : ''}${tens > 0 ? '十' : ''}${units > 0 ? NUMERALS[units] : ''}`
}

/** Spells day and month of the Hebrew calendar with the day in letters: 9 is ט, 15 is טו, 19 is יט. */
function hebrewOf(time: number): string {
  const parts = { calendar: 'hebrew', month: 'long', day: 'numeric', timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat('he', parts).format(time).replace(/^\d+/, (figures) => {
    const day = Number(figures)
    if (day === 15 || day === 16) return `ט${'הוז'[day - 14]}`
    return `${'יכל'[Math.floor(day / 10) - 1] ?? ''}${'אבגדהוזחט'[(day % 10) - 1] ?? ''}`
  })
}
