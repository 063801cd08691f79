// The texts of a referral that identify somebody, and words that identify nobody. docs/spec/referral.md, "Lint"
import type { Account, Address, Channel, Person, Referral } from '../types.ts'

/** A text that tells who somebody is. */
export interface TellingText {
  readonly text: string
  /** Id of the person or account. */
  readonly who: string
  /** Whether somebody chose it, as a handle or display name, so that it may be an ordinary phrase. */
  readonly chosen?: boolean
}

/** Words in place of a name, which tell no one by themselves. In lower case. */
export const GENERIC: ReadonlySet<string> = new Set(
  (
    'unborn baby babies infant child children kid boy girl son daughter twin mother mom mum father dad parent parents ' +
    'brother sister sibling aunt uncle cousin grandmother grandfather guardian foster carer caregiver adult man woman ' +
    'person family victim suspect unknown unnamed anonymous the and mister miss mrs doctor professor teacher ' +
    'bebé niño niña madre padre hijo hija desconocido enfant bébé mère père fils fille inconnu inconnue طفل طفلة الطفل أم أب ابن بنت مجهول'
  ).split(' '),
)

/** Names that are also words, in scripts that do not tell the two apart by capitals. */
export const WORDS_TOO: ReadonlySet<string> = new Set([
  ...'سلام أمل امل نور حياة فرح سعيد سعيدة جميل جميلة كريم أمين امين آمنة حبيب حبيبة رحمة هدى نجاح صباح إيمان ايمان وفاء صبر سعادة محبة أمان امان سليم عادل شريف حكيم ربيع بدر قمر شمس وعد عهد حنان سماح'.split(
    ' ',
  ),
  ...'שלום תקווה אור חיים שמחה אהבה מזל טוב ברכה נעים רינה גיל טל'.split(' '),
  ...'平安 健康 安全 幸福 和平 希望 快乐 快樂 美丽 美麗 光明 春天 自由 友好 团结 建国 学习 文化 高兴 安静 安宁 吉祥 如意 明天 阳光 温暖'
    .split(' ')
    .map((word) => [...word].join(' ')),
  ...'のぞみ ひかり しあわせ さくら めぐみ みらい まこと 希望 未来 평화 사랑 하늘 희망 소망 은혜 믿음 기쁨 나라 สุข ความสุข ดวงใจ สันติ फूल आशा शांति प्रेम'.split(
    ' ',
  ),
])

/** Channels whose value describes a place or a way, so that one word of it tells no one. */
const DESCRIBED: ReadonlySet<string> = new Set(['school', 'in-person', 'through-professional', 'post'])

/** Everything of a referral that tells who somebody is. */
export function tellingTexts({
  kind,
  people = [],
  accounts = [],
  contact,
  incident,
}: Referral): TellingText[] {
  return [
    ...people.flatMap(ofPerson),
    // An advisory is about its accounts, and everybody who gets it gets them.
    ...(kind === 'advisory' ? [] : accounts.flatMap(ofAccount)),
    ...(contact?.channels ?? []).flatMap(ofChannel),
    ...(contact?.addresses ?? []).flatMap(ofAddress),
    ...(incident?.addresses ?? []).map(({ address }) => ({ text: address, who: 'the incident' })),
  ]
}

function ofPerson({ id, roles, names = [], identifiers = [], school }: Person): TellingText[] {
  const parts = names.flatMap(({ full, parts = [] }) => [
    full,
    ...parts.filter(({ kind }) => kind !== 'title' && kind !== 'particle').map(({ text }) => text),
    ...(roles.includes('professional') ? [] : wordsOfName(full)),
  ])
  const learns = school === undefined ? [] : [school]
  return [...parts, ...identifiers.map(({ value }) => value), ...learns].map((text) => ({ text, who: id }))
}

/** The words of a full name that may be a given or a family name: not short, and with a capital where the script has them. */
function wordsOfName(full: string): string[] {
  const words = full.split(/[\s,.]+/u)
  return words.length < 2
    ? []
    : words.filter((word) => {
        const [first = ''] = word
        return [...word].length >= 3 && (first !== first.toLowerCase() || first === first.toUpperCase())
      })
}

function ofAccount({ id, handle, displayNames = [], urls = [], addresses = [] }: Account): TellingText[] {
  return [
    ...[...(handle === undefined ? [] : [handle]), ...displayNames].map((text) => ({
      text,
      who: id,
      chosen: true,
    })),
    ...[...urls, ...addresses.map(({ address }) => address)].map((text) => ({ text, who: id })),
  ]
}

function ofChannel({ person, type, value }: Channel): TellingText[] {
  const vague = DESCRIBED.has(type) && /^[\p{L}\p{M}]+$/u.test(value)
  return vague ? [] : [{ text: value, who: person }]
}

/** Lines that lead to a door; the name of a town or camp tells no one. */
function ofAddress({ people = [], lines = [], precision, postalCode }: Address): TellingText[] {
  const wide = precision === 'area' || precision === 'settlement'
  const exact = wide ? [] : lines.filter((line) => /[\s\p{N}]/u.test(line))
  const code = postalCode !== undefined && /\d/.test(postalCode) ? [postalCode] : []
  return [...exact, ...code].map((text) => ({ text, who: people[0] ?? 'somebody' }))
}
