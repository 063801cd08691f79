// All files of the vectors, as the generators make them.
import type { Case } from '../suite/case.ts'
import { binding } from './cases/binding.ts'
import { encodings } from './cases/encodings.ts'
import { evidence } from './cases/evidence.ts'
import { manifests } from './cases/manifests.ts'
import { receipts } from './cases/receipts.ts'
import { rotations } from './cases/rotations.ts'
import { signatures } from './cases/signatures.ts'
import { slots } from './cases/slots.ts'
import { statements } from './cases/statements.ts'
import { validity } from './cases/validity.ts'
import { parties } from './parties.ts'

export function allCases(): Case[] {
  return [
    ...signatures(),
    ...encodings(),
    ...slots(),
    ...binding(),
    ...validity(),
    ...manifests(),
    ...receipts(),
    ...evidence(),
    ...statements(),
    ...rotations(),
  ]
}

/** Name and text of every file in `vectors/`. */
export function vectorFiles(): Map<string, string> {
  const cases = allCases()
  const files = new Map([['parties.json', textOf(parties())]])
  for (const { name, ...content } of cases) {
    const file = `codec/${name}.json`
    if (files.has(file)) throw new Error(`Two cases are named ${name}.`)
    files.set(file, textOf(content))
  }
  return files
}

function textOf(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`
}
