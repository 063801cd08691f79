// Findings in Spanish. docs/spec/referral.md, "Findings"
import type { Messages } from './messages.ts'

const UNO = 'Corrija uno de los dos.'
const FECHA = 'Corrija la fecha.'
const CANAL = 'Quite el canal o corrija la otra parte.'
const DESTINO =
  'Complételo o indique en "absent" por qué no puede decirse; asegúrese de que el destinatario reciba la sección.'

/** Spanish. */
export const ES: Messages = {
  language: 'es',
  unconfirmed: true,
  findings: {
    'section-missing': ['es una sección que necesita una remisión {kind}', 'Añádala.'],
    'section-recommended': [
      'es una sección que debería tener una remisión {kind}',
      'Añádala si se sabe algo.',
    ],
    'section-not-allowed': ['es una sección que una remisión {kind} no tiene', 'Quítela o elija otro tipo.'],
    'urgency-without-reason': ['es urgente sin motivo', 'Indique por qué y hasta cuándo.'],
    'urgency-as-routine': [
      'da un motivo de urgencia, pero se envía como rutina',
      'Ponga "lane": "urgent" o quite el motivo.',
    ],
    'urgency-without-due': ['no dice hasta cuándo', 'Indique para cuándo hay que actuar.'],
    'group-index': ['supera el tamaño del grupo', 'Numere las remisiones del grupo desde 1.'],
    'handling-contradiction': ['{rule}', 'Elija una de las dos cosas.'],
    'handling-expired': ['está en el pasado', 'Ponga una fecha posterior.'],
    'consent-insufficient': [
      'no abarca los servicios y la comunicación a otras organizaciones',
      'Pida el consentimiento, indique otra base jurídica o registre por qué se prescinde de él.',
    ],
    'consent-without-giver': ['no dice quién lo dio', 'Complete "givenBy" o "subject".'],
    'consent-expired': ['está en el pasado', 'Pida de nuevo el consentimiento.'],
    'consent-in-future': ['está en el futuro', FECHA],
    'consent-for-others': [
      'se refieren a otra persona y no al niño o niña principal',
      'Añada el consentimiento para el niño o la niña.',
    ],
    'field-missing': ['falta; {why}', 'Complételo o indique en "absent" por qué no tiene valor.'],
    'field-not-asked': ['no se preguntó; {why}', 'Pregunte antes de enviar, si es seguro.'],
    'field-unknown': ['no se sabe', 'Nada, a menos que otra persona pueda saberlo.'],
    'other-unexplained': [
      'dice "other" sin más',
      'Indique en {other} de qué se trata, o elija un código adecuado.',
    ],
    'nothing-to-follow-up': [
      'y todas las demás pistas faltan: el informe no nombra persona, cuenta, elemento ni prueba',
      'Añada los hechos que conozca.',
    ],
    'kind-not-accepted': ['es un tipo que {organisation} no acepta', 'Elija otro destinatario.'],
    'needed-by-recipient': ['es necesario para {organisation}', DESTINO],
    'wanted-by-recipient': ['es deseado por {organisation}', DESTINO],
    'code-list-older': [
      'es una lista de códigos de la que el destinatario conoce una versión anterior o ninguna',
      'Es posible que allí una persona tenga que interpretar los códigos; añada una nota.',
    ],
    'principal-child': [
      'debe tener exactamente un niño o niña principal en una remisión victim-support',
      'Dé a una sola persona la función principal-child; remita a los hermanos como grupo.',
    ],
    'professionals-only': [
      'dice más que cómo contactar a profesionales, lo que una remisión {kind} no puede hacer',
      'Quítelo o envíelo como otro tipo a quienes puedan saberlo.',
    ],
    'age-range-reversed': ['tiene un mínimo mayor que el máximo', 'Corrija el intervalo.'],
    'age-value-and-range': ['es un valor y un intervalo', 'Deje uno de los dos.'],
    'age-without-date': ['no dice a qué día corresponde', 'Complete "asOf", porque la edad cambia.'],
    leak: [
      'revela a todos los destinatarios quién es {person}',
      'Páselo a una sección que se comunique después, como narrative.',
    ],
    'leak-word': [
      'contiene un nombre de {person}, y todos los destinatarios lo leen',
      'Páselo a una sección que se comunique después, o confirme que la palabra significa otra cosa.',
    ],
    'ordinary-word': [
      'contiene una palabra que también es un nombre de {person}, y todos los destinatarios la leen',
      'Si se refiere a {person}, pásela a una sección que se comunique después; si es una palabra común, confírmela o dígalo de otro modo.',
    ],
    media: [
      'contiene una imagen, un vídeo, un PDF o datos comprimidos que pueden contenerlos',
      'Quítelo y refiérase al material por su URL o hash.',
    ],
    'contact-missing': [
      'no da ninguna forma de contactar a nadie',
      'Añada un canal o una dirección, o indique en "absent" que se reserva por seguridad.',
    ],
    'reaches-suspected': ['es {person}, una persona sospechosa', CANAL],
    'reaches-not-contacted': [
      'es {person}, a quien no se debe contactar según otra parte de la remisión',
      CANAL,
    ],
    'reaches-not-told': ['es {person}, a quien no se debe informar según otra parte de la remisión', CANAL],
    'channel-forbidden': ['está prohibido por {other}', 'Quite uno de los dos.'],
    'channel-leads-to': ['lleva a {person}, a quien no se debe contactar', 'Quite el canal.'],
    'device-of-suspected': ['pertenece a la persona sospechosa', 'Pase el canal a "never".'],
    'school-of-suspected': [
      'lleva a una escuela donde trabaja o estudia {person}, a quien no se debe contactar',
      'Indique en "say" o "rules" una persona segura de allí, o dé otro canal.',
    ],
    'address-shared': [
      'incluye a {person}, a quien no se debe contactar, junto con personas que no tienen otro canal',
      'Déles un canal, o prohíba "in-person" y "post" en "never".',
    ],
    'address-also-shared': [
      'incluye a {person}, a quien no se debe contactar, junto con otras personas',
      'Prohíba "in-person" y "post" en "never", a menos que las visitas y cartas sean seguras.',
    ],
    'consent-by-suspected': [
      'dice que {person}, una persona sospechosa, dio el consentimiento',
      'Pregunte a otra persona o indique otra base jurídica.',
    ],
    'consent-perhaps-by-suspected': [
      'no dice qué cuidador dio el consentimiento, y {person} es una persona sospechosa',
      'Complete "givenBy".',
    ],
    'informed-not-told': ['es {person}, a quien no se debe informar según otra parte de la remisión', UNO],
    'professional-missing': ['pasa por un profesional al que la remisión no nombra', 'Añada al profesional.'],
    'messages-on-shared-device': [
      'permite mensajes escritos en un dispositivo que lee la familia',
      'Confirme con la persona que es seguro, o prohíba los mensajes.',
    ],
    'messages-unstated': [
      'no dice si pueden dejarse mensajes; el destinatario no dejará ninguno',
      'Complete "voicemail" y "messages".',
    ],
    'item-address-of-person': [
      'no es la dirección del servidor, y los elementos van a todos los destinatarios',
      'Pásela a las direcciones del incidente o de una cuenta, con el identificador del elemento.',
    ],
    'item-without-location': [
      'no puede retirarse sin una ubicación',
      'Añada la URL, el dominio o la cuenta.',
    ],
    'items-same': ['es el mismo contenido que {other}', 'Deje uno de los dos.'],
    'seen-order': ['se vio por última vez antes que por primera', 'Corrija las fechas.'],
    'hash-list-without-hash': [
      'no tiene el SHA-256 ni el SHA-512 del archivo, así que nadie puede saber si la lista es la correcta',
      'Añada el hash del archivo.',
    ],
    'hash-list-incomplete': ['falta; el destinatario debe poder leer la lista', 'Complételo.'],
    'hash-list-field': ['es solo para una lista de hashes', 'Quítelo o ponga el tipo hash-list.'],
    'hash-shape': ['no es un valor del tipo {type}', 'Cópielo de nuevo, en minúsculas si es hexadecimal.'],
    'class-unknown': ['no es una clase de {scheme}', 'Escríbala exactamente como el esquema.'],
    'url-defanged': [
      'está desactivada',
      'Escríbala tal como es: {suggestion}. Se muestra desactivada y nunca se abre.',
    ],
    'url-white-space': ['contiene espacios', 'Escriba {suggestion} o copie de nuevo la URL.'],
    'url-leads-nowhere': [
      'no lleva a ninguna parte en otro ordenador',
      'Escriba la URL en la que otros lo encuentran.',
    ],
    'domain-with-more': [
      'contiene más que un dominio',
      'Escriba las URL en "url"; un dominio abarca todo lo que hay en él, aquí {suggestion}.',
    ],
    'domain-invalid': ['no es un dominio', 'Escríbalo como "site.example".'],
    contradiction: ['contradice a {other}', UNO],
    'network-address-invalid': ['no es una dirección IPv4 ni IPv6', 'Cópiela de nuevo.'],
    'network-address-private': [
      'es una dirección interna de una red, que no identifica ninguna conexión',
      'Pida la dirección pública.',
    ],
    'network-time-inexact': [
      'no es una hora exacta; en un día, una dirección pertenece a varias personas',
      'Indique la hora con su zona, si se conoce.',
    ],
    'channel-value-strange': ['no parece un valor para {type}', 'Corríjalo o elija otro tipo.'],
    'safe-time-reversed': [
      'no es posterior a "from"',
      'Escriba como dos horarios el que pasa de medianoche.',
    ],
    'zone-unknown': ['no es una zona horaria', 'Escriba un nombre IANA como "Europe/Kyiv".'],
    'country-unknown': ['no es un código de país', 'Escriba su código ISO 3166-1, como "UA".'],
    'language-unknown': ['no es un código de idioma', 'Escriba su etiqueta BCP 47, como "en".'],
    'date-in-future': ['está en el futuro', FECHA],
    'birth-in-future': [
      'está en el futuro',
      'Corrija la fecha; si aún no ha nacido, complete "expectedDeliveryDate".',
    ],
    'birth-too-long-ago': ['está demasiado lejos en el pasado', FECHA],
    'date-past': ['está en el pasado', 'Corrija la fecha o diga qué debe hacerse ahora.'],
  },
  phrases: {
    age: 'los servicios y la ley dependen de la edad',
    responsible: 'el destinatario debe saber si es competente',
    languages: 'alguien debe poder hablar con el niño o la niña',
    risk: 'el destinatario fija con ello las prioridades',
    services: 'el destinatario debe saber qué servicios se solicitan',
    abuse: 'el destinatario debe conocer el motivo de preocupación',
    lead: 'una investigación parte de ello',
    recognise: 'el destinatario debe poder reconocer al niño o la niña',
    hosting: 'actúa la línea de denuncia de ese país',
    viewing: 'nadie debería tener que verlo dos veces',
    times: 'el destinatario no debe llamar a una hora peligrosa',
    device: 'otra persona puede contestar o leer',
    '@recipient': 'el destinatario',
    '@incident': 'una persona del incidente',
    '@somebody': 'una persona',
    more: '(y {count} más)',
    'onward-despite-label': 'permite la comunicación posterior, que la etiqueta TLP prohíbe',
    'recipients-despite-label': 'nombra organizaciones que la etiqueta TLP excluye',
    'recipients-despite-onward': 'nombra organizaciones aunque no se permite la comunicación posterior',
    'actions-despite-red': 'permite acciones visibles, que TLP:RED prohíbe',
    'attribution-despite-red': 'exige nombrar al remitente, lo que TLP:RED prohíbe',
    'none-and-actions': 'no permite nada y, sin embargo, nombra acciones permitidas',
    'people-despite-label': 'identifica a personas con una etiqueta TLP que permite difundirlo',
  },
}
