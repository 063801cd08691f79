// How option values are read; what cannot be meant is refused with an example. docs/guide/rex-desk.md
import { InvalidArgumentError } from 'commander'
import type { To } from '../../client/api/sending.ts'
import type { ItemOutcomeInput } from '../../client/api/verb-inputs.ts'
import { parseTime } from '../output/time.ts'

type Collected<T> = (value: string, before?: readonly T[]) => T[]

/** A time as people type it, as Unix milliseconds. */
export function time(value: string): number {
  const ms = parseTime(value, Date.now())
  if (ms === undefined)
    throw new InvalidArgumentError('Write it like 2026-03-04, "2026-03-04 14:05", 3h or 2d.')
  return ms
}

/** A whole number of at least `minimum`. */
export const count =
  (minimum: number) =>
  (value: string): number => {
    if (!/^\d{1,9}$/.test(value) || Number(value) < minimum)
      throw new InvalidArgumentError(`Write a whole number from ${minimum}.`)
    return Number(value)
  }

/** `ORGANISATION` or `ORGANISATION:section,section`, several times. */
export const recipients: Collected<To> = (value, before = []) => {
  const [, organisation, sections] = /^(https:\/\/[^:,\s]+)(?::([a-z0-9,-]+))?$/i.exec(value) ?? []
  if (organisation === undefined)
    throw new InvalidArgumentError('Write it like https://ngo.example or https://ngo.example:case,people.')
  return [...before, { organisation, ...(sections !== undefined && { sections: sections.split(',') }) }]
}

/** `ID=CODE`, several times: what became of an item or person. */
export const outcomes: Collected<ItemOutcomeInput> = (value, before = []) => {
  const { id, code } = idAndCode(value)
  return [...before, { item: id, code }]
}

/** `ID=CODE`, several times: what is not taken, and why. */
export const exceptions: Collected<{ id: string; code: string }> = (value, before = []) => [
  ...before,
  idAndCode(value),
]

/** Any value, several times. */
export const several: Collected<string> = (value, before = []) => [...before, value]

function idAndCode(value: string): { id: string; code: string } {
  const [, id, code] = /^([^=\s]+)=([a-z0-9-]+)$/.exec(value) ?? []
  if (id === undefined || code === undefined) throw new InvalidArgumentError('Write it like p2=no-capacity.')
  return { id, code }
}

/** The six words of an organisation. */
export interface Words {
  readonly organisation: string
  readonly words: readonly string[]
}

/** `ORGANISATION=six words`, several times. */
export const organisationWords: Collected<Words> = (value, before = []) => {
  const [, organisation, list = ''] =
    /^(https:\/\/[^=\s]+)=([a-z]+(?:[ -]+[a-z]+){5})$/.exec(value.trim()) ?? []
  if (organisation === undefined)
    throw new InvalidArgumentError('Write it like "https://ngo.example=apple river stone cloud table lamp".')
  return [...before, { organisation, words: list.split(/[ -]+/) }]
}
