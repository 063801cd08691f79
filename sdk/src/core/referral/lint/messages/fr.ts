// Findings in French. docs/spec/referral.md, "Findings"
import type { Messages } from './messages.ts'

const UN = "Corrigez l'un des deux."
const DATE = 'Corrigez la date.'
const CANAL = "Retirez le canal, ou corrigez l'autre partie."
const DESTINATAIRE =
  'Remplissez-le, ou indiquez dans "absent" pourquoi cela ne peut être dit ; vérifiez que le destinataire reçoit la section.'

/** French. */
export const FR: Messages = {
  language: 'fr',
  unconfirmed: true,
  findings: {
    'section-missing': ['est une section nécessaire à une orientation {kind}', 'Ajoutez-la.'],
    'section-recommended': [
      'est une section que devrait avoir une orientation {kind}',
      'Ajoutez-la si quelque chose est connu.',
    ],
    'section-not-allowed': [
      "est une section qu'une orientation {kind} n'a pas",
      'Retirez-la, ou choisissez un autre type.',
    ],
    'urgency-without-reason': ['est urgent sans motif', "Indiquez pourquoi, et jusqu'à quand."],
    'urgency-as-routine': [
      "donne un motif d'urgence mais est envoyé en routine",
      'Mettez "lane": "urgent", ou retirez le motif.',
    ],
    'urgency-without-due': ["ne dit pas jusqu'à quand", 'Indiquez pour quand il faut agir.'],
    'group-index': ['dépasse la taille du groupe', 'Numérotez les orientations du groupe à partir de 1.'],
    'handling-contradiction': ['{rule}', "Choisissez l'un des deux."],
    'handling-expired': ['est dans le passé', 'Fixez une date ultérieure.'],
    'consent-insufficient': [
      "ne couvre pas les services et la communication à d'autres organisations",
      'Demandez le consentement, indiquez une autre base légale, ou consignez pourquoi il est passé outre.',
    ],
    'consent-without-giver': ["ne dit pas qui l'a donné", 'Remplissez "givenBy" ou "subject".'],
    'consent-expired': ['est dans le passé', 'Redemandez le consentement.'],
    'consent-in-future': ["est dans l'avenir", DATE],
    'consent-for-others': [
      "concernent une autre personne que l'enfant principal",
      "Ajoutez le consentement pour l'enfant.",
    ],
    'field-missing': [
      'manque ; {why}',
      'Remplissez-le, ou indiquez dans "absent" pourquoi il n\'a pas de valeur.',
    ],
    'field-not-asked': ["n'a pas été demandé ; {why}", "Demandez-le avant l'envoi, si c'est sûr."],
    'field-unknown': ["n'est pas connu", "Rien, sauf si quelqu'un d'autre peut le savoir."],
    'other-unexplained': [
      'dit "other" sans plus',
      "Dites dans {other} de quoi il s'agit, ou choisissez un code qui convient.",
    ],
    'nothing-to-follow-up': [
      'et toutes les autres pistes manquent : le signalement ne nomme ni personne, ni compte, ni élément, ni preuve',
      'Ajoutez les faits que vous connaissez.',
    ],
    'kind-not-accepted': [
      "est un type que {organisation} n'accepte pas",
      'Choisissez un autre destinataire.',
    ],
    'needed-by-recipient': ['est exigé par {organisation}', DESTINATAIRE],
    'wanted-by-recipient': ['est souhaité par {organisation}', DESTINATAIRE],
    'code-list-older': [
      'est une liste de codes dont le destinataire connaît une version plus ancienne ou aucune',
      'Une personne devra peut-être y interpréter les codes ; ajoutez une note.',
    ],
    'principal-child': [
      'doit avoir exactement un enfant principal dans une orientation victim-support',
      'Donnez le rôle principal-child à une seule personne ; orientez une fratrie comme groupe.',
    ],
    'professionals-only': [
      "dit plus que la façon de joindre des professionnels, ce qu'une orientation {kind} ne doit pas faire",
      'Retirez-le, ou envoyez-le sous un autre type à ceux qui peuvent le savoir.',
    ],
    'age-range-reversed': ['a un minimum supérieur à son maximum', "Corrigez l'intervalle."],
    'age-value-and-range': ['est une valeur et un intervalle', "Gardez l'un des deux."],
    'age-without-date': ['ne dit pas pour quel jour', 'Remplissez "asOf", car l\'âge change.'],
    leak: [
      'révèle à tous les destinataires qui est {person}',
      'Déplacez-le dans une section communiquée plus tard, comme narrative.',
    ],
    'leak-word': [
      'contient un nom de {person}, et tous les destinataires le lisent',
      'Déplacez-le dans une section communiquée plus tard, ou confirmez que le mot signifie autre chose.',
    ],
    'ordinary-word': [
      'contient un mot qui est aussi un nom de {person}, et tous les destinataires le lisent',
      "S'il désigne {person}, déplacez-le dans une section communiquée plus tard ; si c'est un mot ordinaire, confirmez-le ou dites-le autrement.",
    ],
    media: [
      'contient une image, une vidéo, un PDF ou des données compressées qui peuvent en contenir',
      'Retirez-le, et désignez le contenu par son URL ou son empreinte.',
    ],
    'contact-missing': [
      'ne donne aucun moyen de joindre qui que ce soit',
      'Ajoutez un canal ou une adresse, ou indiquez dans "absent" que cela est retenu par sécurité.',
    ],
    'reaches-suspected': ['est {person}, une personne soupçonnée', CANAL],
    'reaches-not-contacted': [
      "est {person}, qui ne doit pas être contacté selon une autre partie de l'orientation",
      CANAL,
    ],
    'reaches-not-told': [
      "est {person}, qui ne doit pas être informé selon une autre partie de l'orientation",
      CANAL,
    ],
    'channel-forbidden': ['est interdit par {other}', "Retirez l'un des deux."],
    'channel-leads-to': ['mène à {person}, qui ne doit pas être joint', 'Retirez le canal.'],
    'device-of-suspected': ['appartient à la personne soupçonnée', 'Déplacez le canal dans "never".'],
    'school-of-suspected': [
      'mène à une école où travaille ou étudie {person}, qui ne doit pas être joint',
      'Nommez-y une personne sûre dans "say" ou "rules", ou donnez un autre canal.',
    ],
    'address-shared': [
      "mentionne {person}, qui ne doit pas être joint, avec des personnes qui n'ont pas d'autre canal",
      'Donnez-leur un canal, ou interdisez "in-person" et "post" dans "never".',
    ],
    'address-also-shared': [
      "mentionne {person}, qui ne doit pas être joint, avec d'autres personnes",
      'Interdisez "in-person" et "post" dans "never", sauf si visites et lettres sont sûres.',
    ],
    'consent-by-suspected': [
      'dit que {person}, une personne soupçonnée, a donné son consentement',
      "Demandez à quelqu'un d'autre, ou indiquez une autre base légale.",
    ],
    'consent-perhaps-by-suspected': [
      "ne dit pas quelle personne s'occupant de l'enfant a donné son consentement, et {person} est une personne soupçonnée",
      'Remplissez "givenBy".',
    ],
    'informed-not-told': [
      "est {person}, qui ne doit pas être informé selon une autre partie de l'orientation",
      UN,
    ],
    'professional-missing': [
      "passe par un professionnel que l'orientation ne nomme pas",
      'Ajoutez le professionnel.',
    ],
    'messages-on-shared-device': [
      'permet des messages écrits sur un appareil que lit la famille',
      'Vérifiez avec la personne que cela est sûr, ou interdisez les messages.',
    ],
    'messages-unstated': [
      "ne dit pas si l'on peut laisser des messages ; le destinataire n'en laissera pas",
      'Remplissez "voicemail" et "messages".',
    ],
    'item-address-of-person': [
      "n'est pas l'adresse du serveur, et les éléments vont à tous les destinataires",
      "Déplacez-la dans les adresses de l'incident ou d'un compte, avec l'identifiant de l'élément.",
    ],
    'item-without-location': [
      'ne peut être retiré sans emplacement',
      "Ajoutez l'URL, le domaine ou le compte.",
    ],
    'items-same': ['est le même contenu que {other}', "Gardez l'un des deux."],
    'seen-order': ["a été vu en dernier avant de l'être en premier", 'Corrigez les dates.'],
    'hash-list-without-hash': [
      "n'a ni SHA-256 ni SHA-512 du fichier : personne ne peut savoir si la liste est la bonne",
      'Ajoutez le hachage du fichier.',
    ],
    'hash-list-incomplete': ['manque ; le destinataire doit pouvoir lire la liste', 'Remplissez-le.'],
    'hash-list-field': [
      'ne sert que pour une liste de hachages',
      'Retirez-le, ou indiquez le type hash-list.',
    ],
    'hash-shape': [
      "n'est pas une valeur du type {type}",
      'Copiez-la de nouveau, en minuscules si elle est hexadécimale.',
    ],
    'class-unknown': ["n'est pas une classe de {scheme}", 'Écrivez-la exactement comme le schéma.'],
    'url-defanged': [
      'est neutralisée',
      "Écrivez-la telle qu'elle est : {suggestion}. Elle est affichée neutralisée et jamais ouverte.",
    ],
    'url-white-space': ['contient des espaces', "Écrivez {suggestion}, ou copiez de nouveau l'URL."],
    'url-leads-nowhere': [
      'ne mène nulle part sur un autre ordinateur',
      "Écrivez l'URL à laquelle d'autres le trouvent.",
    ],
    'domain-with-more': [
      "contient plus qu'un domaine",
      'Écrivez une URL dans "url" ; un domaine désigne tout ce qui s\'y trouve, ici {suggestion}.',
    ],
    'domain-invalid': ["n'est pas un domaine", 'Écrivez-le comme "site.example".'],
    contradiction: ['contredit {other}', UN],
    'network-address-invalid': ["n'est ni une adresse IPv4 ni une adresse IPv6", 'Copiez-la de nouveau.'],
    'network-address-private': [
      "est une adresse interne à un réseau, qui n'identifie aucune connexion",
      "Demandez l'adresse publique.",
    ],
    'network-time-inexact': [
      "n'est pas une heure exacte ; en un jour, une adresse appartient à plusieurs personnes",
      "Indiquez l'heure avec son fuseau, si elle est connue.",
    ],
    'channel-value-strange': [
      'ne ressemble pas à une valeur pour {type}',
      'Corrigez-la, ou choisissez un autre type.',
    ],
    'safe-time-reversed': ['n\'est pas après "from"', 'Écrivez en deux un horaire qui passe minuit.'],
    'zone-unknown': ["n'est pas un fuseau horaire", 'Écrivez un nom IANA tel que "Europe/Kyiv".'],
    'country-unknown': ["n'est pas un code de pays", 'Écrivez son code ISO 3166-1, tel que "UA".'],
    'language-unknown': ["n'est pas un code de langue", 'Écrivez sa balise BCP 47, telle que "en".'],
    'date-in-future': ["est dans l'avenir", DATE],
    'birth-in-future': [
      "est dans l'avenir",
      'Corrigez la date ; pour un enfant à naître, remplissez "expectedDeliveryDate".',
    ],
    'birth-too-long-ago': ['est trop loin dans le passé', DATE],
    'date-past': ['est dans le passé', 'Corrigez la date, ou dites ce qui est à faire maintenant.'],
  },
  phrases: {
    age: "les services et la loi dépendent de l'âge",
    responsible: "le destinataire doit savoir s'il est compétent",
    languages: "quelqu'un doit pouvoir parler avec l'enfant",
    risk: 'le destinataire fixe ses priorités ainsi',
    services: 'le destinataire doit savoir quels services sont demandés',
    abuse: 'le destinataire doit connaître le motif de préoccupation',
    lead: 'une enquête part de là',
    recognise: "le destinataire doit pouvoir reconnaître l'enfant",
    hosting: 'la plateforme de signalement de ce pays agit',
    viewing: 'personne ne devrait avoir à le voir deux fois',
    times: 'le destinataire ne doit pas appeler à une heure dangereuse',
    device: "quelqu'un d'autre peut répondre ou lire",
    '@recipient': 'le destinataire',
    '@incident': "une personne de l'incident",
    '@somebody': 'une personne',
    more: '(et {count} de plus)',
    'onward-despite-label': "permet la transmission, que l'étiquette TLP interdit",
    'recipients-despite-label': "nomme des organisations que l'étiquette TLP exclut",
    'recipients-despite-onward': "nomme des organisations alors que la transmission n'est pas permise",
    'actions-despite-red': 'permet des actions visibles, que TLP:RED interdit',
    'attribution-despite-red': "exige de nommer l'expéditeur, ce que TLP:RED interdit",
    'none-and-actions': 'ne permet rien et nomme pourtant des actions permises',
    'people-despite-label': 'identifie des personnes sous une étiquette TLP qui permet la diffusion',
  },
}
