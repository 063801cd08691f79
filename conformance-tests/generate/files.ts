// Generates all files of `vectors/`.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaseFile } from '../suite/case.ts'
import { binding } from './cases/binding.ts'
import { encodings } from './cases/encodings.ts'
import { evidence } from './cases/evidence.ts'
import { evidenceKeys } from './cases/evidence-keys.ts'
import { identifiers } from './cases/identifiers.ts'
import { manifests, misplaced } from './cases/manifests.ts'
import { receipts } from './cases/receipts.ts'
import { signatures } from './cases/signatures.ts'
import { slots } from './cases/slots.ts'
import { validity } from './cases/validity.ts'
import { claimEdges } from './edges/claims.ts'
import { envelopes } from './edges/envelopes.ts'
import { evidenceEdges } from './edges/evidence.ts'
import { evidenceKeyEdges } from './edges/evidence-keys.ts'
import { inviteEdges } from './edges/invites.ts'
import { keyEdges } from './edges/keys.ts'
import { messages } from './edges/messages.ts'
import { orderEdges } from './edges/order.ts'
import { proofs } from './edges/proofs.ts'
import { ruleEdges } from './edges/rules.ts'
import { statementEdges } from './edges/statements.ts'
import { claims } from './identity/claims.ts'
import { rotations } from './identity/rotations.ts'
import { statements } from './identity/statements.ts'
import { parties } from './parties.ts'
import { referrals } from './referrals/referrals.ts'
import { sections } from './referrals/sections.ts'
import { sealing } from './sealing/sealing.ts'
import { cells } from './threads/cells.ts'
import { chains } from './threads/chains.ts'
import { judging } from './threads/judging.ts'
import { order } from './threads/order.ts'
import { room } from './threads/room.ts'
import { rowCases } from './threads/rows.ts'

/** Folder of files that are copied next to the cases, so that other projects can use `vectors/` on its own. */
const VENDORED = join(import.meta.dirname, 'vendored')

/** The generators of cases, by suite (a folder of `vectors/`). */
const SUITES: Readonly<Record<string, readonly (() => CaseFile[])[]>> = {
  codec: [
    signatures,
    encodings,
    slots,
    binding,
    validity,
    manifests,
    misplaced,
    receipts,
    evidence,
    evidenceKeys,
    statements,
    rotations,
    claims,
    identifiers,
    envelopes,
    claimEdges,
    statementEdges,
    messages,
    evidenceEdges,
    evidenceKeyEdges,
    inviteEdges,
    keyEdges,
    proofs,
  ],
  thread: [cells, order, chains, judging, room, rowCases, ruleEdges, orderEdges],
  referral: [referrals, sections],
  sealing: [sealing],
}

/** Generates the text of every file in `vectors/`, by file name. */
export function vectorFiles(): Map<string, string> {
  const files = new Map([['parties.json', textOf(parties())]])
  for (const file of readdirSync(VENDORED)) files.set(file, readFileSync(join(VENDORED, file), 'utf8'))
  const names = new Set<string>()
  for (const [suite, generators] of Object.entries(SUITES))
    for (const { name, ...content } of generators.flatMap((generate) => generate())) {
      if (names.has(name)) throw new Error(`Two cases are named ${name}.`)
      names.add(name)
      files.set(`${suite}/${name}.json`, textOf(content))
    }
  return files
}

function textOf(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`
}
