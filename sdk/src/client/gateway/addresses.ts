// Remembers the addresses of the desk's gateway: newly announced addresses first, then earlier addresses. docs/spec/mailbox.md
import { parseAddress } from '../../core/address.ts'
import type { Keyring } from '../keys/replacing/keyring.ts'
import { MOST_GATEWAYS } from '../keys/rotating-keys.ts'
import type { MailboxLink } from './link.ts'

/** Stores the addresses durably, and dials them from now on (REX-MBX-106). */
export async function learnAddresses(
  announced: readonly string[],
  { keyring, link }: { readonly keyring: Keyring; readonly link: Pick<MailboxLink, 'dial'> },
): Promise<void> {
  const { gateways } = keyring.keys
  const known = [...new Set([...announced.filter(isAddress), ...gateways])].slice(0, MOST_GATEWAYS)
  if (known.join() === gateways.join()) return
  await keyring.change((keys) => ({ ...keys, gateways: known }))
  link.dial(known)
}

function isAddress(text: string): boolean {
  try {
    return parseAddress(text).port > 0
  } catch {
    return false
  }
}
