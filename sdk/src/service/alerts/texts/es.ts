// The texts of alerts in Spanish.
import type { AlertTexts } from './texts.ts'

export const ES: AlertTexts = {
  unconfirmed: true,
  alerts: {
    urgent: 'Llegó una remisión urgente.',
    overdue: 'Un paso está atrasado.',
    'not-arrived': 'Un mensaje suyo no llegó.',
    held: 'Un mensaje está retenido hasta que una persona decida.',
    conflict: 'Este puesto y otra organización tienen datos distintos.',
    keys: 'El certificado o las claves requieren la atención de una persona.',
    health: 'El puesto requiere la atención de una persona.',
    missed: 'El puesto ya no tiene algunos cambios, por lo que aquí pueden faltar alertas.',
  },
  states: { warning: 'advertencia', critical: 'crítico', ended: 'terminado' },
  several: '{count} alertas',
  test: {
    subject: 'Alerta de prueba',
    text: 'Esto es una prueba. No ha ocurrido nada y nadie tiene que actuar.',
  },
  thread: 'remisión {id}',
  ref: 'caso {ref}',
  problem: 'problema {code}',
  exercise: 'prueba',
  more: '… y {count} más.',
  times: 'Horas: {zone}.',
  look: 'Para ver más: `rex-desk inbox`, `rex-desk status`.',
  footer:
    'Del puesto REX de {organisation}. Este correo no contiene datos de casos. Nadie lee las respuestas.',
  unconfirmedNote: 'Ningún hablante nativo ha confirmado esta traducción. El texto en inglés está abajo.',
}
