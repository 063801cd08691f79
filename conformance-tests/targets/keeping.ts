// Operations on the data of a desk, for the target of a desk: erasure, retention, evidence and keys.
// docs/guide/conformance.md
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Desk, EraseReason } from '@rex/sdk'
import type { Answer, Inputs } from './dialogue.ts'

type KeepingOperation = 'erase' | 'hold' | 'rotateEntity' | 'exportEvidence' | 'configure' | 'revoke'

/** Returns the operations for the desk that `desk` returns. */
export function keepingOperations(desk: () => Desk) {
  const threadOf = (id: Uint8Array) => desk().thread(Buffer.from(id).toString('hex'))
  return {
    async erase({ thread, reason, force }) {
      await (await threadOf(thread)).erase({ reason: reason as EraseReason, force })
      return {}
    },
    async hold({ thread, release }) {
      const held = await threadOf(thread)
      await (release ? held.release() : held.hold())
      return {}
    },
    async rotateEntity({ backup }) {
      await desk().rotateEntity({ backup: { file: backup } })
      return {}
    },
    async exportEvidence({ thread, sections }) {
      const bundle = await (await threadOf(thread)).export({ sections })
      return { bundle: Buffer.from(bundle).toString('base64url') }
    },
    async configure({ directory, keepDays, needs }) {
      if (keepDays > 0)
        writeFileSync(join(directory, 'retention.json'), `{"*":{"keepAfterEnd":"${keepDays}d"}}`)
      if (needs.length > 0) writeFileSync(join(directory, 'needs.json'), needs)
      return {}
    },
    async revoke({ compromised, receipt }) {
      const [receiptKey] = receipt ? await desk().receiptKeys() : []
      const reason = compromised ? 'compromised' : 'retired'
      await desk().revoke({ reason, ...(receiptKey && { receiptKey: receiptKey.key }) })
      return {}
    },
  } satisfies { [K in KeepingOperation]: (input: Inputs[K]) => Promise<Answer> }
}
