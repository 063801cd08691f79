// Options of `send` and `preview`: recipients, their sections, idempotency key. docs/guide/rex-desk.md
import type { Command } from 'commander'
import { Option } from 'commander'
import type { SendOptions, To } from '../../../client/api/sending.ts'
import type { Suite } from '../../../core/jose/suite.ts'
import { key, line, recipients, threadId } from '../../input/parsers.ts'
import { given, type Settings } from '../../settings.ts'
import { type ConfirmSettings, confirmOption } from '../confirm.ts'

const SUITES = ['REX-1', 'REX-2'] satisfies Suite[]

/** Options of a verb that sends or previews a referral. */
export interface SendSettings extends Settings, ConfirmSettings {
  readonly to: readonly To[]
  readonly key?: string
  readonly ref?: string
  readonly follows?: string
  readonly minimumSuite?: Suite
}

/** Adds the options to a verb. */
export function sendOptions(command: Command): Command {
  return confirmOption(command)
    .requiredOption(
      '--to <organisation[:sections]>',
      'a recipient, and the sections it gets at once (repeatable; default: those of the kind)',
      recipients,
    )
    .option('--ref <reference>', 'your own case number: stays here, comes back with every answer', line(255))
    .option('--key <key>', 'for programs that may repeat a call: the same key never sends twice', key)
    .option(
      '--follows <thread>',
      'full id of an earlier referral that this one follows, such as after a decline',
      threadId,
    )
    .addOption(new Option('--minimum-suite <suite>', 'refuse weaker encryption').choices(SUITES))
}

/** Converts the options to the form that the desk accepts. */
export function toOptions({ to, key, ref, follows, minimumSuite, confirm }: SendSettings): SendOptions {
  return { to, ...given({ key, ref, follows, minimumSuite, confirm }) }
}
