// Lint: URLs and domains that the recipient could not open or block. docs/spec/referral.md, "Lint"
import type { Referral } from '../../types.ts'
import { refanged } from '../../validate/refanged.ts'
import { isPrivate } from '../facts/network-address.ts'
import type { Finding } from '../finding.ts'
import { warnWhen } from '../warning.ts'

/** Returns the findings about the URLs and domains of items and accounts. */
export function placeFindings({ items = [], accounts = [] }: Referral): Finding[] {
  return [
    ...items.flatMap(({ url, domain }, i) => [
      ...(url === undefined ? [] : urlFindings(url, `items[${i}].url`)),
      ...(domain === undefined ? [] : domainFindings(domain, `items[${i}].domain`)),
    ]),
    ...accounts.flatMap(({ urls = [] }, i) =>
      urls.flatMap((url, j) => urlFindings(url, `accounts[${i}].urls[${j}]`)),
    ),
  ]
}

/** URLs that lead nowhere, or somewhere else, when another computer opens them. */
const NOWHERE =
  /^(?:file|javascript|data|about|blob|chrome|view-source):|^[a-z]+:\/\/(?:localhost|[^/?#]*[.]local)(?=[/:?#]|$)/i

function hostOf(url: string): string {
  return /^[a-z]+:\/\/(?:[^/?#]*@)?\[?([^/?#\]]*?)\]?(?::\d*)?(?:[/?#]|$)/i.exec(url)?.[1] ?? ''
}

/** Returns the findings about a URL. */
export function urlFindings(url: string, path: string): Finding[] {
  const plain = refanged(url)
  const encoded = plain.replace(/\s/g, (space) => encodeURIComponent(space))
  return [
    ...warnWhen(plain !== url, 'url-defanged', path, { suggestion: encoded }),
    ...warnWhen(plain === url && encoded !== url, 'url-white-space', path, { suggestion: encoded }),
    ...warnWhen(NOWHERE.test(plain) || isPrivate(hostOf(plain)), 'url-leads-nowhere', path),
  ]
}

/** A domain: at least two labels of letters, digits and hyphens in any script. */
const DOMAIN =
  /^(?:[\p{L}\p{M}\p{N}_](?:[\p{L}\p{M}\p{N}_-]*[\p{L}\p{M}\p{N}])?[.])+[\p{L}\p{M}\p{N}-]*\p{L}[\p{L}\p{M}\p{N}-]*[.]?$/u

/** Returns the findings about a domain. */
export function domainFindings(domain: string, path: string): Finding[] {
  const plain = refanged(domain)
  const host = plain
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/^[^/?#]*@|[/?#:\s].*$/gs, '')
    .replace(/^\*[.]/, '')
  const valid = DOMAIN.test(host)
  return [
    ...warnWhen(valid && host !== plain, 'domain-with-more', path, { suggestion: host }),
    ...warnWhen(valid && host === plain && plain !== domain, 'url-defanged', path, { suggestion: host }),
    ...warnWhen(!valid, 'domain-invalid', path),
  ]
}
