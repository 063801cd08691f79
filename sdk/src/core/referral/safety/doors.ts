// Tells whether two addresses lead to the same door, however they are written. docs/spec/referral.md, "Lint"

import { asciiDigits } from '../../input/text.ts'
import type { Address } from '../types.ts'

/** Words of addresses, each with the spelling to which it is normalised. An empty spelling leaves the word out. */
const SPELLINGS: ReadonlyMap<string, string> = new Map(
  `road:rd street:st str:st strasse:st avenue:ave av:ave avda:ave avenida:ave lane:ln drive:dr square:sq boulevard:blvd bd:blvd bvd:blvd
  rue:r route:rte calle:c carrera:cra ulica:ul вулиця:вул улица:ул проспект:просп building:bldg
  apartment:flat apt:flat apto:flat appartement:flat piso:flat
  no: nr: num: numero: number: house: будинок: буд: дом:`
    .split(/\s+/)
    .map((pair) => pair.split(':') as [string, string]),
)

/** Words for parts of a house or a camp, which many addresses share. */
const PARTS: ReadonlySet<string> = new Set(
  'flat unit room suite floor bldg block tent zone sector caravan bat esc etage кв квартира'.split(' '),
)

/** The parts of an address that lead to a door. */
export interface Doors {
  /** The words of each line that names a house: both a number and a street. */
  readonly doors: readonly ReadonlySet<string>[]
  /** All words of the lines and the town. */
  readonly all: ReadonlySet<string>
  readonly city: string
  /** The words of the landmark. Empty: there is none. */
  readonly landmark: string
}

/** Returns the parts that lead to a door. If no line names a house, all lines together lead to the door, as in a camp ("Zone 4", "Block 12"). */
export function doorsOf({ lines = [], city = '', landmark }: Address): Doors {
  const each = lines.map((line) => new Set(wordsIn(line)))
  const whole = new Set(each.flatMap((words) => [...words]))
  const houses = each.filter(namesHouse)
  const town = wordsIn(city)
  return {
    doors: houses.length > 0 ? houses : [whole].filter(isExact),
    all: new Set([...whole, ...town]),
    city: town.join(' '),
    landmark: wordsIn(landmark?.text ?? '').join(' '),
  }
}

/**
 * Whether two addresses may lead to the same door. The order of the words in a line does not matter, and either address may
 * contain more than the other.
 */
export function sameDoor(a: Doors, b: Doors): boolean {
  if (a.city !== '' && b.city !== '' && a.city !== b.city) return false
  if (a.landmark !== '' && a.landmark === b.landmark) return true
  return a.doors.some((door) => door.isSubsetOf(b.all)) || b.doors.some((door) => door.isSubsetOf(a.all))
}

/** Whether a text names a door of an address. */
export function namesDoor(text: string, { doors }: Doors): boolean {
  const words = new Set(wordsIn(text))
  return doors.some((door) => door.isSubsetOf(words))
}

const isNumber = (word: string): boolean => /\p{N}/u.test(word)

function isExact(words: ReadonlySet<string>): boolean {
  return [...words].some(isNumber) && [...words].some((word) => !isNumber(word))
}

function namesHouse(words: ReadonlySet<string>): boolean {
  const street = [...words].some((word) => !isNumber(word) && word.length > 1 && !PARTS.has(word))
  return street && [...words].some(isNumber)
}

function wordsIn(text: string): string[] {
  const plain = asciiDigits(text.normalize('NFKD')).replace(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss')
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? [])
    .map((word) => SPELLINGS.get(word) ?? word.replace(/(?<=\p{L}{3})str(?:asse)?$/u, 'st'))
    .filter((word) => word !== '')
}
