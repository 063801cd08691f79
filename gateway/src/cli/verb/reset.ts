// rex-gateway reset: deletes the organisation's identity, so that the organisation can start with a new one. docs/guide/gateway.md, "A new identity"
import { RexError } from '@rex/sdk/core'
import { askGateway } from '../operator.ts'
import type { CommonOptions } from '../options.ts'
import { print, printJson, strong } from '../terminal.ts'

/** Resets the identity after confirmation. @throws RexError POLICY_REFUSED without `--yes` */
export async function reset({ dir, json, yes }: CommonOptions & { readonly yes?: boolean }): Promise<void> {
  if (yes !== true)
    throw new RexError(
      'POLICY_REFUSED',
      "A reset gives up the organisation's identity permanently: all desks are shut out, every partner refuses the new desk until it has ended the pairing and accepted a new invite, and open referrals cannot be continued.",
      {
        hint: 'Restore a lost desk from its backup with `rex-desk restore`. If there is no backup, run `rex-gateway reset --yes`.',
      },
    )
  const { revoked, peers } = await askGateway(dir, (gateway) => gateway.reset({}))
  if (json) return printJson({ reset: true, revoked, peers })
  print(`The identity is given up; ${revoked} ${revoked === 1 ? 'desk is' : 'desks are'} shut out.`)
  print(`${strong('Next')}  rex-gateway token --dir ${dir}, then rex-desk init`)
  if (peers.length > 0) print(`Then exchange new invites with: ${peers.join(', ')}`)
}
