// npm start -- --keep: leaves the gateways running but closes the desks, so that the user can open them with commands.
import type { Organisation } from '../network/network.ts'

/** Prints what to try, and waits for Ctrl-C. A command can open a desk only while no other process has it open. */
export async function keepUp(
  directory: string,
  network: readonly Organisation[],
  interrupted: Promise<void>,
): Promise<void> {
  await Promise.all(network.map(({ deskProcess }) => deskProcess.stop()))
  console.log('\nThe gateways stay up, and the desks are yours. In another terminal, in this directory:\n')
  for (const command of commandsToTry(directory, network)) console.log(command)
  console.log('\nStop with Ctrl-C.')
  await interrupted
}

function commandsToTry(directory: string, [sender, recipient]: readonly Organisation[]): string[] {
  if (sender === undefined || recipient === undefined) return []
  return [
    `demo='${directory}'`,
    'desk() { o="$demo/$1"; shift; npx rex-desk --dir "$o/desk" --passphrase-file "$o/passphrase" "$@"; }',
    'npx rex-desk example victim-support > "$demo/referral.json"',
    `desk ${sender.name} send "$demo/referral.json" --to ${recipient.id} --ref CASE-1`,
    `desk ${recipient.name} inbox --mine`,
    `desk ${sender.name} show CASE-1`,
    `desk ${recipient.name} watch`,
  ]
}
