// Chooses the language of a run: by the option, then by the POSIX variables in their order. docs/guide/rex-desk.md,
// "Languages"
import { PHRASES } from '../../client/thread/view/phrases.ts'
import type { FormTexts } from '../../core/referral/forms/languages.ts'
import type { Language, Texts } from './language.ts'

/** Languages of the command, English first. */
export const LANGUAGES = ['en', 'es', 'fr', 'ar'] as const

/** Languages written from right to left. */
const RIGHT_TO_LEFT: readonly string[] = ['ar']

type Loaded = Omit<Language, 'rightToLeft' | 'phrases'>

/** Loads the parts of a language. Each import states its full path, so that bundlers find it. */
async function joined(
  texts: Promise<{ readonly default: Texts }>,
  labels: Promise<Pick<Language, 'label' | 'safeContact'>>,
  forms: Promise<{ readonly texts: FormTexts }>,
): Promise<Loaded> {
  const [own, { label, safeContact }, form] = await Promise.all([texts, labels, forms])
  return { ...own.default, label, safeContact, titles: form.texts.texts }
}

const LOADERS: Readonly<Record<string, () => Promise<Loaded>>> = {
  es: () =>
    joined(
      import('./es.json', { with: { type: 'json' } }),
      import('../../core/referral/labels/es/index.ts'),
      import('../../core/referral/forms/es.ts'),
    ),
  fr: () =>
    joined(
      import('./fr.json', { with: { type: 'json' } }),
      import('../../core/referral/labels/fr/index.ts'),
      import('../../core/referral/forms/fr.ts'),
    ),
  ar: () =>
    joined(
      import('./ar.json', { with: { type: 'json' } }),
      import('../../core/referral/labels/ar/index.ts'),
      import('../../core/referral/forms/ar.ts'),
    ),
}

/** Returns the language of a run. Undefined: English, which also replaces an unknown language. */
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
