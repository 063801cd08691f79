// The texts of alerts in French.
import type { AlertTexts } from './texts.ts'

export const FR: AlertTexts = {
  unconfirmed: true,
  alerts: {
    urgent: 'Une orientation urgente est arrivée.',
    overdue: 'Une étape est en retard.',
    'not-arrived': 'Un de vos messages n’est pas arrivé.',
    held: 'Un message est retenu jusqu’à ce qu’une personne décide.',
    conflict: 'Ce poste et une autre organisation n’ont pas les mêmes données.',
    keys: 'Le certificat ou les clés demandent l’attention d’une personne.',
    health: 'Le poste demande l’attention d’une personne.',
    missed: 'Le poste n’a plus certains changements ; des alertes peuvent manquer ici.',
  },
  states: { warning: 'avertissement', critical: 'critique', ended: 'terminé' },
  several: '{count} alertes',
  test: {
    subject: 'Alerte d’essai',
    text: 'Ceci est un essai. Il ne s’est rien passé et personne n’a à agir.',
  },
  thread: 'orientation {id}',
  ref: 'cas {ref}',
  problem: 'problème {code}',
  exercise: 'essai',
  more: '… et {count} de plus.',
  times: 'Heures : {zone}.',
  look: 'Pour en voir plus : `rex-desk inbox`, `rex-desk status`.',
  footer:
    'Du poste REX de {organisation}. Ce courriel ne contient aucune donnée de dossier. Personne ne lit les réponses.',
  unconfirmedNote:
    'Aucun locuteur natif n’a confirmé cette traduction. Le texte anglais se trouve ci-dessous.',
}
