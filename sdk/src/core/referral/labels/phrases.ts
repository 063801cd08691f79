// The text around codes in descriptions, by language. docs/spec/referral.md, "Showing"
import { beside, languageOf } from './labels.ts'

/** Texts between the labels of a description. */
export interface Phrases {
  readonly test: string
  readonly child: string
  readonly children: string
  readonly where: string
  readonly languages: string
  readonly interpreter: string
  readonly risk: string
  readonly services: string
  readonly abuse: string
  readonly urgent: string
  readonly until: string
  readonly priority: string
  readonly neededBy: string
  readonly handling: string
  readonly people: string
  readonly items: string
  readonly group: string
  readonly never: string
  readonly only: string
  readonly timesUnknown: string
  readonly noVoicemail: string
  readonly noMessages: string
  readonly noVisit: string
  readonly device: string
  readonly say: string
  readonly everyDay: string
}

/** Phrases by language; English is the fallback. */
export const PHRASES: Readonly<Record<string, Phrases>> = {
  en: {
    test: 'TEST, not a real case',
    child: 'Child',
    children: 'Children',
    where: 'Where',
    languages: 'Languages',
    interpreter: 'interpreter needed',
    risk: 'Risk',
    services: 'Asked for',
    abuse: 'Concern',
    urgent: 'Urgent',
    until: 'until',
    priority: 'Priority',
    neededBy: 'Needed by',
    handling: 'Handling',
    people: 'People',
    items: 'Items',
    group: 'Belongs together with others',
    never: 'Never',
    only: 'only',
    timesUnknown: 'safe times are not known: ask the sender before the first contact',
    noVoicemail: 'leave no voice message',
    noMessages: 'send no written message',
    noVisit: 'no visit and no letter without asking the sender, to the address shared with',
    device: 'Device',
    say: 'Say',
    everyDay: 'every day',
  },
  es: {
    test: 'PRUEBA, no es un caso real',
    child: 'Niño, niña o adolescente',
    children: 'Niños, niñas y adolescentes',
    where: 'Dónde',
    languages: 'Idiomas',
    interpreter: 'se necesita intérprete',
    risk: 'Riesgo',
    services: 'Se solicita',
    abuse: 'Motivo',
    urgent: 'Urgente',
    until: 'hasta',
    priority: 'Prioridad',
    neededBy: 'Necesario para',
    handling: 'Condiciones de uso',
    people: 'Personas',
    items: 'Elementos',
    group: 'Relacionado con otros',
    never: 'Nunca',
    only: 'solo',
    timesUnknown: 'no se conocen horas seguras: consulte al remitente antes del primer contacto',
    noVoicemail: 'no deje mensajes de voz',
    noMessages: 'no envíe mensajes escritos',
    noVisit: 'ninguna visita ni carta sin consultar al remitente, a la dirección compartida con',
    device: 'Dispositivo',
    say: 'Diga',
    everyDay: 'todos los días',
  },
  fr: {
    test: 'TEST, pas un cas réel',
    child: 'Enfant',
    children: 'Enfants',
    where: 'Lieu',
    languages: 'Langues',
    interpreter: 'interprète nécessaire',
    risk: 'Risque',
    services: 'Demande',
    abuse: 'Motif',
    urgent: 'Urgent',
    until: "jusqu'au",
    priority: 'Priorité',
    neededBy: 'Nécessaire pour le',
    handling: "Conditions d'usage",
    people: 'Personnes',
    items: 'Éléments',
    group: "Lié à d'autres",
    never: 'Jamais',
    only: 'seulement',
    timesUnknown: "horaires sûrs inconnus : demandez à l'expéditeur avant le premier contact",
    noVoicemail: 'ne laissez aucun message vocal',
    noMessages: "n'envoyez aucun message écrit",
    noVisit: "aucune visite ni lettre sans demander à l'expéditeur, à l'adresse partagée avec",
    device: 'Appareil',
    say: 'Dites',
    everyDay: 'tous les jours',
  },
  ar: {
    test: 'اختبار، ليست حالة حقيقية',
    child: 'الطفل',
    children: 'الأطفال',
    where: 'المكان',
    languages: 'اللغات',
    interpreter: 'يلزم مترجم',
    risk: 'الخطورة',
    services: 'المطلوب',
    abuse: 'سبب القلق',
    urgent: 'عاجل',
    until: 'حتى',
    priority: 'الأولوية',
    neededBy: 'مطلوب بحلول',
    handling: 'قواعد التعامل',
    people: 'الأشخاص',
    items: 'العناصر',
    group: 'مرتبط بإحالات أخرى',
    never: 'ممنوع منعاً باتاً',
    only: 'فقط',
    timesUnknown: 'الأوقات الآمنة غير معروفة: اسأل المرسل قبل أول اتصال',
    noVoicemail: 'لا تترك رسالة صوتية',
    noMessages: 'لا ترسل رسالة مكتوبة',
    noVisit: 'لا زيارة ولا رسالة بريدية دون سؤال المرسل، إلى العنوان المشترك مع',
    device: 'الجهاز',
    say: 'قل',
    everyDay: 'كل يوم',
  },
}

/** Languages whose phrases nobody competent has confirmed yet. */
const UNCONFIRMED: ReadonlySet<string> = new Set(['es', 'fr', 'ar'])

/** The phrases for the language of a locale, else English. */
export function phrases(locale: string): Phrases {
  const language = languageOf(locale)
  const found = Object.hasOwn(PHRASES, language) ? PHRASES[language] : PHRASES.en
  return found as Phrases
}

/** The phrases for rules that protect somebody: with the English beside what nobody has confirmed (REX-REF-102). */
export function rulePhrases(locale: string): Phrases {
  const said = phrases(locale)
  if (!UNCONFIRMED.has(languageOf(locale))) return said
  const english = phrases('en')
  const both = Object.entries(said).map(([name, text]) => [
    name,
    beside(text, english[name as keyof Phrases]),
  ])
  return Object.fromEntries(both) as unknown as Phrases
}
