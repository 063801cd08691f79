// Operations on the content of referrals, for the target of a desk. docs/guide/conformance.md

import { RexError, splitReferral } from '@rex/sdk'
import { primero } from '@rex/sdk/adapters'
import { readEntityId, readKit } from '@rex/sdk/core'
import {
  type Draft,
  expandPresets,
  type ListName,
  lint,
  type Presets,
  parseReferral,
  problemsOf,
} from '@rex/sdk/referral'
import { texts as ar } from '@rex/sdk/referral/forms/ar'
import { texts as es } from '@rex/sdk/referral/forms/es'
import { texts as fr } from '@rex/sdk/referral/forms/fr'
import { describeReferral, label, safeContact } from '@rex/sdk/referral/labels'
import { messagesIn, translated } from '@rex/sdk/referral/messages'
import { defang } from '@rex/sdk/referral/names'
import { formSchema, referralSchema } from '@rex/sdk/referral/schema'
import { WORDS } from '@rex/sdk/referral/words'
import type { Answer, Inputs } from './dialogue.ts'

const FORM_TEXTS: Readonly<Record<string, typeof es>> = { es, fr, ar }

/** The operations of content.proto. */
export const CONTENT_OPERATIONS = {
  checkDraft(input) {
    if (!input.explain) return checked(input)
    try {
      return checked(input)
    } catch (error) {
      const problems = translated(problemsOf(error), messagesIn(input.language || 'en'))
      if (problems.length === 0) throw error
      return { problems: JSON.stringify(problems) }
    }
  },
  splitReferral({ referral, group, confirmed, nowMs }) {
    const options = { group: Buffer.from(group).toString('hex'), now: nowMs, confirm: confirmed }
    return { parts: JSON.stringify(splitReferral(json<Draft>(referral), options)) }
  },
  showReferral({ referral, language }) {
    const shown = parseReferral(json(referral))
    return {
      summary: describeReferral(shown, language || 'en').join('\n'),
      contact: safeContact(shown, language || 'en').join('\n'),
    }
  },
  showValue({ list, value, language }) {
    return { text: list === '' ? defang(value) : label(list as ListName, value, language || 'en') }
  },
  makeForm({ kind, language }) {
    const labelOf = (list: ListName, code: string) => label(list, code, language)
    const texts = FORM_TEXTS[language]
    const words = language === '' ? {} : { label: labelOf, ...(texts && { texts }) }
    const schema = kind === '' ? referralSchema : formSchema(kind as never, words)
    return { schema: JSON.stringify(schema) }
  },
  importCase({ system, case: given }) {
    const { referral, losses } = adapterOf(system).toReferral(json(given))
    return { referral: JSON.stringify(referral), losses: JSON.stringify(losses) }
  },
  exportCase({ system, referral }) {
    const { output, losses } = adapterOf(system).fromReferral(json<Draft>(referral))
    return { case: JSON.stringify(output), losses: JSON.stringify(losses) }
  },
  readInput({ kind, text }) {
    return { text: kind === 'kit' ? Buffer.from(readKit(text)).toString('hex') : readEntityId(text) }
  },
} satisfies { [K in ContentOperation]: (input: Inputs[K]) => Answer }

type ContentOperation =
  | 'checkDraft'
  | 'splitReferral'
  | 'showReferral'
  | 'showValue'
  | 'makeForm'
  | 'importCase'
  | 'exportCase'
  | 'readInput'

function checked({
  draft,
  presets,
  needs,
  sections,
  codeLists,
  confirmed,
  nowMs,
  language,
}: Inputs['checkDraft']): Answer {
  const expanded = expandPresets(json(draft), optional<Presets>(presets) ?? {})
  const referral = parseReferral(expanded.referral)
  const wanted = { needs: optional(needs), codeLists: optional(codeLists), sections: given(sections) }
  const findings = lint(referral, {
    for: definedOf(wanted),
    confirm: confirmed,
    words: WORDS,
    ...definedOf({ now: nowMs || undefined }),
  })
  const messages = messagesIn(language || 'en')
  return {
    referral: JSON.stringify(referral),
    presets: expanded.explained.map(({ path }) => path).join(' '),
    changes: expanded.notices.map(({ path }) => path).join(' '),
    findings: JSON.stringify(messages === undefined ? findings : translated(findings, messages)),
  }
}

function adapterOf(system: string): typeof primero {
  if (system !== primero.name) throw new RexError('UNSUPPORTED_VERSION', `There is no adapter for ${system}.`)
  return primero
}

function json<T = unknown>(bytes: Uint8Array): T {
  return JSON.parse(Buffer.from(bytes).toString())
}

function optional<T = never>(bytes: Uint8Array): T | undefined {
  return bytes.length === 0 ? undefined : json(bytes)
}

function given(list: string[]): string[] | undefined {
  return list.length === 0 ? undefined : list
}

/** Leaves out undefined members. */
function definedOf<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}
