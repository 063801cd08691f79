// The common parts of the desk processes of the measurements volume, memory and outbox. docs/guide/benchmark.md
import { connect, type Desk, initDesk } from '@rex/sdk'
import type { DeskSetup } from './desk.ts'

/** Passphrase of the desks. */
export const PASSPHRASE = 'correct horse battery staple, for the benchmark only'

/** Returns the calls that create a desk and pair it. `opened` is called with the desk when it is open. */
export function partyRole(opened: (desk: Desk) => void) {
  let desk: Desk
  return {
    /** Creates the desk and opens it. */
    async start({ directory, token, name }: DeskSetup): Promise<void> {
      await initDesk({ directory, token, name, passphrase: PASSPHRASE })
      desk = await connect({ directory, unlock: async () => PASSPHRASE })
      opened(desk)
    },
    invite: async (_: undefined): Promise<string> => (await desk.invite()).invite,
    async pair(invite: string): Promise<string> {
      return (await desk.pair(invite)).organisation
    },
  }
}
