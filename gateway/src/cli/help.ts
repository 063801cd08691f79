// The text of `rex-gateway VERB --help`, for administrators who read nothing else. docs/guide/gateway.md

/** Help of a verb. */
export interface Help {
  /** One line in the list of verbs. */
  readonly summary: string
  /** Effect and requirements of the verb. */
  readonly about: string
  readonly example: string
}

const EXIT_CODES = 'Exit codes: 0 done, 1 refused or failed, 2 not understood.'
const RUNNING = 'The gateway must be running.'

/** The help of each verb. */
export const HELP = {
  init: {
    summary: 'make a new gateway',
    about:
      'Makes the directory of a new gateway: its keys, its store, its configuration, and a token for the first desk. Nothing runs yet. If the directory already has a gateway, nothing is changed.',
    example:
      'rex-gateway init --organisation https://hotline.example \\\n    --listen 0.0.0.0:7443 --endpoint gateway.hotline.example:7443',
  },
  start: {
    summary: 'run the gateway until SIGTERM or Ctrl-C',
    about:
      'Runs the gateway in the foreground. Its log goes to standard error, or to the file in its configuration. SIGTERM or Ctrl-C lets it finish its work; a second one, more than a second later, ends it at once.',
    example: 'rex-gateway start --dir /var/lib/rex-gateway',
  },
  rotate: {
    summary: 'replace the receipt key, the key of the certificate, or the authority',
    about:
      'Replaces a key of the running gateway, without a pause. `receipt`: the key that signs stored receipts; the old one signs until your desk has published the new one. `certificate`: the key of the TLS certificate. `authority`: the authority by which partners and desks know this gateway. The first call makes the next authority, which your desk publishes; a later call changes to it, once all of them know it.',
    example: 'rex-gateway rotate receipt',
  },
  kit: {
    summary: 'make the recovery kit that opens backups of the gateway',
    about:
      'Makes the key of the backups of this gateway. The key is stored with the other keys of the gateway, so nobody has to type it for a backup. You also get it as 24 words for paper: without them, nobody can open a backup if the machine is lost.',
    example: 'rex-gateway kit --dir /var/lib/rex-gateway',
  },
  backup: {
    summary: 'make an encrypted backup of the gateway, or check one',
    about:
      'Makes one encrypted file with configuration, keys and store, even while the gateway runs. The file is either complete or absent. Needs the recovery kit (`rex-gateway kit`). With --verify, makes nothing, but reads a whole backup and checks it.',
    example:
      'rex-gateway backup /media/stick/gateway.rexbackup\n  rex-gateway backup --verify /media/stick/gateway.rexbackup',
  },
  restore: {
    summary: 'restore a gateway from a backup',
    about:
      'Restores the gateway of a backup into a new directory, with the 24 words of its recovery kit. If that fails, nothing is left, and you can repeat it. Your desk and the other gateways then send again what they sent after the backup. If you put back the files of the store yourself, run it once without a file. The gateway must not be running.',
    example: 'rex-gateway restore --dir /var/lib/rex-gateway gateway.rexbackup',
  },
  token: {
    summary: 'make an enrolment token for a desk',
    about: `Prints a token with which one desk can enrol within an hour. Whoever has it becomes a desk of your organisation: handle it like a key. ${RUNNING}`,
    example: 'rex-gateway token --name "reception laptop" > desk.token',
  },
  desks: {
    summary: 'list the desks that were enrolled, or shut one out',
    about: `Lists the credential of each desk that was enrolled: its name, until when its certificate is valid, when it was last seen, and which one has the mailbox. ${RUNNING}`,
    example: 'rex-gateway desks',
  },
  revoke: {
    summary: 'shut out a desk permanently, such as a stolen one',
    about: `Shuts out a desk permanently and closes its connections. This cannot be undone: to come back, the desk needs a new token. ${RUNNING}`,
    example: 'rex-gateway desks revoke 3f9a0c51',
  },
  reset: {
    summary: "give up the organisation's identity, when its desk is lost without a backup",
    about: `Gives up your organisation's identity, so that you can make a new desk. Every desk is shut out, every partner has to pair again, and open referrals cannot be continued. If there is a backup of the desk, use \`rex-desk restore\` instead. Without --yes it changes nothing. ${RUNNING}`,
    example: 'rex-gateway reset --yes',
  },
  peers: {
    summary: 'list paired organisations, and whether they can be reached',
    about: `Lists each paired organisation: its address, whether there is a link, how much mail waits for it, and why the last attempt failed. ${RUNNING}`,
    example: 'rex-gateway peers',
  },
  queue: {
    summary: 'list envelopes that wait for other gateways',
    about: `Lists the envelopes that wait for other gateways, oldest first, with the reason of the last failure. ${RUNNING}`,
    example: 'rex-gateway queue',
  },
  retry: {
    summary: 'contact an organisation, or all, immediately',
    about: `Tries immediately, instead of waiting for the next attempt. ${RUNNING}`,
    example: 'rex-gateway retry https://ngo.example',
  },
  status: {
    summary: 'show the problems of the gateway, and what to do',
    about:
      'Says in one sentence for each problem what is wrong and what to do, the most serious first; or that all is well.',
    example: 'rex-gateway status --json',
  },
} as const satisfies Record<string, Help>

/** A verb with help. */
export type HelpName = keyof typeof HELP

/** The text after the options in the help of a verb. */
export function afterOptions(name: HelpName): string {
  const codes =
    name === 'status' ? 'Exit codes: 0 all is well, 1 look soon, 2 act now or not understood.' : EXIT_CODES
  return `\nExample:\n  ${HELP[name].example}\n\n${codes}`
}
