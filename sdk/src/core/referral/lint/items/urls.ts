// Lint: URLs and domains that the recipient could not open or block. docs/spec/referral.md, "Lint"
import { refanged } from '../../validate/refanged.ts'
import { isPrivate } from '../facts/network-address.ts'
import { type Finding, when } from '../finding.ts'

/** URLs that on another computer lead to nothing or to something else. */
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
    ...when(plain !== url, 'url-defanged', path, { suggestion: encoded }),
    ...when(plain === url && encoded !== url, 'url-white-space', path, { suggestion: encoded }),
    ...when(NOWHERE.test(plain) || isPrivate(hostOf(plain)), 'url-leads-nowhere', path),
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
    ...when(valid && host !== plain, 'domain-with-more', path, { suggestion: host }),
    ...when(valid && host === plain && plain !== domain, 'url-defanged', path, { suggestion: host }),
    ...when(!valid, 'domain-invalid', path),
  ]
}
