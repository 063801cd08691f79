// Answers clients that ask on a separate connection why their certificate is refused. docs/spec/mailbox.md, "Desk
// credentials"
import type { Socket } from 'node:net'
import { RexError } from '../../core/error.ts'

/** Reason for a refusal: the key is permanently revoked, or the certificate is not valid now. */
export type Refusal = 'revoked' | 'certificate'

/** ALPN protocol for asking about a refusal. The server answers with one word. */
export const WHY = 'rex-why'
/** The word that answers a client whose certificate is accepted. */
const ADMITTED = 'admitted'

const SAID: Readonly<Record<Refusal, { readonly message: string; readonly hint: string }>> = {
  revoked: {
    message:
      'The operator of your gateway has revoked this desk, or replaced the authority while the gateway had no record of this desk. This shuts the desk out permanently.',
    hint: 'Ask the operator why. To use this desk again, run `rex-desk enrol` with a new token.',
  },
  certificate: {
    message:
      'Your gateway does not accept the certificate of this desk: by the clock of the gateway, it is not valid now.',
    hint: 'Check the clock of this computer, and ask the operator about that of the gateway; then run `rex-desk enrol` with a new token.',
  },
}

/** Returns the reason for the refusal from the metadata of an error. */
export function refusalIn({ metadata }: RexError): Refusal | undefined {
  return refusalOf(metadata.refusal ?? '')
}

function refusalOf(text: string): Refusal | undefined {
  return Object.keys(SAID).find((refusal): refusal is Refusal => refusal === text)
}

/** Answers a client that asked why it is refused: it is admitted. */
export function answerAdmitted(socket: Socket): void {
  say(socket, ADMITTED)
}

/** Answers a refused client if a pinned authority issued its certificate. Other clients get no answer (T-074). */
export function answerRefused(socket: Socket, error: unknown): void {
  const refusal = refusalIn(RexError.from(error))
  if (refusal === undefined) socket.destroy()
  else say(socket, refusal)
}

function say(socket: Socket, word: string): void {
  socket.write(word)
  socket.destroySoon()
}

/** Converts a server's answer to an error. Returns undefined if the server does not refuse or does not say why. */
export function readAnswer(answer: string): RexError | undefined {
  const refusal = refusalOf(answer)
  if (refusal === undefined) return undefined
  const { message, hint } = SAID[refusal]
  return new RexError('UNAUTHENTICATED', message, { hint, metadata: { refusal } })
}
