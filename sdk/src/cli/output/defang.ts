// Makes URLs in free texts unusable as links, so that they are not opened by accident. docs/guide/rex-desk.md
import { defang } from '../../core/referral/labels/names.ts'

/** Schemes that work even without slashes. Any scheme followed by slashes counts as a URL. */
const SCHEMES =
  'https?|ftps?|sftp|file|smb|cifs|nfs|afp|davs?|webcals?|javascript|vbscript|livescript|data|blob|filesystem|view-source|about|chrome|mailto|tel|sms|smsto|callto|facetime|skype|tg|whatsapp|intent|market|magnet|ed2k|bitcoin|ipfs|ipns|ssh|telnet|rdp|vnc|ldaps?|jar|res|mhtml|mk|shell|cid|news|gopher|ms-[a-z-]+|search-ms'
/** Matches the start of another URL within or directly after a URL. The other URL is defanged separately. */
const NEXT = '[a-z][a-z0-9+.-]{0,30}:[/\\\\]{2}'
const REST = `(?:(?!${NEXT})[^\\s<>"'\`])*(?!${NEXT})[^\\s<>"'\`.,;:!?)\\]]`
const URL_LIKE = new RegExp(
  [
    `(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:[/\\\\]{2}${REST}`,
    `(?<![a-z0-9+.-])(?:${SCHEMES}):(?=\\S)${REST}`,
    // Programs skip white space between the colon and the script.
    `(?<![a-z0-9+.-])(?:java|vb|live)script:\\s{1,8}${REST}`,
    // A Windows network path. Opening it sends the user's name and a hash of the password.
    `(?<![\\\\\\p{L}\\p{N}])\\\\\\\\[\\p{L}\\p{N}]${REST}`,
    `(?<![\\p{L}\\p{N}.-])(?:www|ftp)[0-9]{0,2}\\.(?=[\\p{L}\\p{N}])${REST}`,
    // A host with a path.
    `(?<![\\p{L}\\p{N}@./:-])(?:[\\p{L}\\p{N}][\\p{L}\\p{N}-]*\\.)+\\p{L}{2,63}(?::\\d{1,5})?/${REST}`,
  ].join('|'),
  'giu',
)
const SCHEME = /^([a-z][a-z0-9+.-]*):/i
/** Matches a host that is already defanged, as in "hxxps://site[.]example". */
const DEFANGED = /^[a-z]+:\/\/[^/]*\[\.\]/i
const SLASHES = /^[/\\]{2}/
/** Schemes after which browsers read a host even without slashes. */
const HOST_FOLLOWS = /^(?:https?|ftps?|sftp|mailto|ssh|telnet)$/i

/** Defangs every URL in a text. */
export function defangText(text: string): string {
  return text.replace(URL_LIKE, harmless)
}

function harmless(url: string): string {
  if (DEFANGED.test(url)) return url
  const [start = '', scheme = ''] = SCHEME.exec(url) ?? []
  const rest = url.slice(start.length)
  const slashes = SLASHES.exec(rest)?.[0] ?? ''
  if (scheme === '' || (/^(?:http|ftp)/i.test(scheme) && slashes === '//'))
    return slashes === '' || scheme !== '' ? defang(url) : `[${slashes}]${defang(rest.slice(2))}`
  const safe =
    slashes !== '' || HOST_FOLLOWS.test(scheme)
      ? defang(rest.slice(slashes.length))
      : rest.slice(slashes.length)
  return `${scheme}[:]${slashes}${safe}`
}
