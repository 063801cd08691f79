// Which language a run speaks: the option, then the variables of POSIX in their order. docs/guide/rex-desk.md, "Languages"
import { PHRASES } from '../../client/thread/view/phrases.ts'
import type { Language } from './language.ts'

/** Languages of the command, English first. */
export const LANGUAGES = ['en', 'es', 'fr', 'ar'] as const

/** Languages written from right to left. */
const RIGHT_TO_LEFT: readonly string[] = ['ar']

const LOADERS: Readonly<Record<string, () => Promise<Omit<Language, 'rightToLeft' | 'phrases'>>>> = {
  es: async () => {
    const [own, labels, forms] = await Promise.all([
      import('./es.json', { with: { type: 'json' } }),
      import('../../core/referral/labels/es/index.ts'),
      import('../../core/referral/forms/es.ts'),
    ])
    return { ...own.default, ...labels, titles: forms.texts.texts }
  },
  fr: async () => {
    const [own, labels, forms] = await Promise.all([
      import('./fr.json', { with: { type: 'json' } }),
      import('../../core/referral/labels/fr/index.ts'),
      import('../../core/referral/forms/fr.ts'),
    ])
    return { ...own.default, ...labels, titles: forms.texts.texts }
  },
  ar: async () => {
    const [own, labels, forms] = await Promise.all([
      import('./ar.json', { with: { type: 'json' } }),
      import('../../core/referral/labels/ar/index.ts'),
      import('../../core/referral/forms/ar.ts'),
    ])
    return { ...own.default, ...labels, titles: forms.texts.texts }
  },
}

/** Returns the language of a run; undefined for English, which also stands in for a language that is not known. */
export async function chooseLanguage(
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Language | undefined> {
  const tag = tagOf(parameters, environment)
  const load = Object.hasOwn(LOADERS, tag) ? LOADERS[tag] : undefined
  if (load === undefined) return undefined
  return { ...(await load()), phrases: PHRASES[tag], rightToLeft: RIGHT_TO_LEFT.includes(tag) }
}

/** Returns the language tag that `--lang`, LC_ALL, LC_MESSAGES or LANG names; the first that is not empty decides (POSIX, 8.2). */
function tagOf(parameters: readonly string[], { LC_ALL, LC_MESSAGES, LANG }: NodeJS.ProcessEnv): string {
  const at = parameters.findLastIndex((text) => text === '--lang' || text.startsWith('--lang='))
  const option = parameters[at] === '--lang' ? parameters[at + 1] : parameters[at]?.slice('--lang='.length)
  const named = [option, LC_ALL, LC_MESSAGES, LANG].find((text) => text !== undefined && text !== '') ?? ''
  return named.toLowerCase().split(/[_.@-]/)[0] ?? ''
}
