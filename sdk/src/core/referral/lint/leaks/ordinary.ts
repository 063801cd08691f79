// Lists of names that are also ordinary words, and of words that stand in place of a name. docs/spec/referral.md, "Lint"
import { plainText } from './words.ts'

/** Words that stand in place of a name and identify nobody alone. */
const GENERIC: ReadonlySet<string> = setOf(`
  unborn baby babies infant child children kid boy girl son daughter twin mother mom mum father dad parent parents brother sister sibling
  aunt uncle cousin grandmother grandfather guardian foster carer caregiver adult man woman person family victim suspect unknown unnamed
  anonymous the and mister miss mrs doctor professor teacher user admin home school house street hospital clinic church mosque police
  bebé niño niña madre padre hijo hija hermano hermana desconocido desconocida maestro maestra profesor escuela casa
  enfant bébé mère père fils fille frère sœur inconnu inconnue école maison professeur
  طفل طفلة الطفل الطفلة أم أب ابن بنت أخ أخت الأم الأب مجهول مجهولة مدرسة المدرسة بيت معلم معلمة`)

/** Further words that describe a person instead of naming one. */
const DESCRIBING: ReadonlySet<string> = setOf(`
  male female known name newborn minor youth teen teenager survivor client patient neighbour neighbor stepfather stepmother stepbrother stepsister
  husband wife partner boyfriend girlfriend friend stranger coach withheld nombre hombre mujer vecino vecina padrastro madrastra novio novia
  nom homme femme voisin voisine renseigné renseignée copain copine رجل امرأة اسم معروف معروفة زوج زوجة جار`)
/** Words that only connect other words. Standing alone, some of these words are names. */
const CONNECTING: ReadonlySet<string> = setOf(
  'not no given a of his her their sin el la los las de del sans non le les du des beau belle بدون غير',
)
const PLACEHOLDERS: ReadonlySet<string> = new Set(['john doe', 'jane doe', 'n n'])

/** Whether a phrase, in lower case and without accents, stands in place of a name, as "unknown male", "mother of the child" and "child a" do. */
export function isGeneric(phrase: string): boolean {
  const words = phrase.split(' ')
  const says = (word: string) => GENERIC.has(word) || DESCRIBING.has(word)
  const isFree = (word: string) => says(word) || CONNECTING.has(word) || /^[a-z0-9]$/.test(word)
  return PLACEHOLDERS.has(phrase) || (words.some(says) && words.every(isFree))
}

/** Titles, after which a capitalised word is a name. */
export const TITLES: ReadonlySet<string> = setOf(
  'mr mrs ms miss mx dr sir madam prof sr sra srta don doña m mme mlle me monsieur madame herr frau pani pan г гр',
)

/**
 * The most common ordinary words that are also names. A word that is capitalised within a sentence counts as a name, any other as a possible
 * name. The last lines contain words in scripts without capitals, which always count as possible names. `@rex/sdk/referral/words` has many
 * more words.
 */
const ORDINARY: ReadonlySet<string> = setOf(`
  hope faith grace mercy joy charity patience prudence precious blessing gift promise prince princess king queen angel heaven star sunny
  summer april may june rose lily will mark bill art chance destiny freedom glory happy honest honesty honour innocent justice lady lovely
  lucky peace saint treasure trust victory wisdom young long small brown black white green jordan georgia chad china can an in my see
  esperanza paz luz sol mar ángel dolores consuelo cruz rosa blanca domingo abril victoria grâce joie claire pierre noël petit grand ange
  engel stern wolf надія віра любов надежда вера umut barış amani baraka imani
  سلام امل أمل نور حياة فرح سعيد جميل كريم أمين امين رحمة هدى نجاح صباح إيمان وفاء صبر سعادة أمان عادل ربيع بدر وعد هبة بركة بشرى جهاد نصر خير
  امید שלום תקווה אור חיים שמחה טוב ברכה טל 平安 健康 安全 幸福 和平 希望 快乐 明天 小心 安心 のぞみ ひかり さくら 평화 사랑 하늘 희망 आशा शांति ሰላም`)

/** Further ordinary words that are also names, separated by white space. */
export type Words = string

/** The words of the last call, as a set. A program normally uses the same words in every call, so caching one set is enough. */
let last: { readonly words: Words; readonly set: ReadonlySet<string> } = { words: '', set: new Set() }

/** Whether a phrase, in lower case and without accents, is an ordinary word. */
export function isOrdinary(phrase: string, words: Words = ''): boolean {
  const word = phrase.replaceAll(' ', '')
  if (last.words !== words) last = { words, set: setOf(words) }
  return ORDINARY.has(word) || last.set.has(word)
}

function setOf(words: string): ReadonlySet<string> {
  return new Set(plainText(words).toLowerCase().trim().split(/\s+/))
}
