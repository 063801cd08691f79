// Finds media in the markup of texts: data URIs, uuencode, yEnc, and pictures that were opened as text. docs/spec/referral.md, "Content guard"

/** Matches the start of a data URI with media, or with any content in base64. Browsers ignore tabs and line breaks in a data URI. */
const DATA_URI =
  /\bdata:\s{0,4}(?:(?:image|video|audio)\/[^\s,]{0,200},|[^\s,]{0,200};\s{0,8}base64\s{0,8},)/i
const DATA_WORD = /d\s{0,4}a\s{0,4}t\s{0,4}a\s{0,4}:/i
/** Matches a picture that was opened as text. The first bytes are lost, but the words after these bytes are intact. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are part of the signatures.
const PASTED = /PNG\s{1,6}[\x1a\ufffd\u2192]?\s{0,4}.{0,8}IHDR|\ufffd{2,4}.{0,6}(?:JFIF|Exif)/s
const PASTED_WORDS = ['IHDR', 'JFIF', 'Exif']
/** Matches the first line of a uuencoded file, possibly quoted in mail, if this line names a picture or a video, or if a line of data follows. */
const UUENCODED =
  /^[>|\s]{0,8}begin(?:-base64)? [0-7]{3,4} (?:[^\n]{1,200}\n[>|\s]{0,8}[ -`]{2,90}|[^\n]{1,200}\.(?:jpe?g|png|gif|bmp|tiff?|webp|heic|avif|mp4|mov|avi|mkv|webm|wmv|pdf|zip))\r?$/im
/** Matches the first line of a yEnc file, as in newsgroups. */
const YENC = /^=ybegin (?:\w+=\d+ ){1,4}name=/m

/** Whether a text contains markup with media. First checks for words that all patterns need, which rules out most texts quickly. */
export function isMarkup(text: string): boolean {
  if (text.includes(':')) {
    if (DATA_URI.test(text)) return true
    if (DATA_WORD.test(text) && DATA_URI.test(text.replace(/[\t\n\r]/g, ''))) return true
  }
  if (PASTED_WORDS.some((word) => text.includes(word)) && PASTED.test(text)) return true
  return text.includes('begin') && (UUENCODED.test(text) || YENC.test(text))
}
