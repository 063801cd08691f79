// Tests of URLs and domains, case by case: what is written, what the lint finds, and what it suggests. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import { domainFindings, urlFindings } from './urls.ts'

test.each<[string, string | undefined, string?]>([
  ['https://site.example/%20a?b=c.d', undefined],
  ['https://пример.example/путь', undefined],
  ['https://user@site.example:8443/', undefined],
  ['magnet:?xt=urn:btih:abc', undefined],
  ['tg://resolve?domain=x', undefined],
  ['http://abc.onion/', undefined],
  ['http://203.0.113.9/x', undefined],
  ['hxxp://site[.]example/a', 'url-defanged', 'http://site.example/a'],
  ['hxxps://site(.)example', 'url-defanged', 'https://site.example'],
  ['https://site[dot]example/x y', 'url-defanged', 'https://site.example/x%20y'],
  ['hxxps://user[at]site[.]example', 'url-defanged', 'https://user@site.example'],
  ['fxp://f[.]example', 'url-defanged', 'ftp://f.example'],
  ['https://site.example/a b', 'url-white-space', 'https://site.example/a%20b'],
  ['file:///C:/x', 'url-leads-nowhere'],
  ['javascript:void(0)', 'url-leads-nowhere'],
  ['http://localhost:8080/x', 'url-leads-nowhere'],
  ['http://nas.local/x', 'url-leads-nowhere'],
  ['http://192.168.0.1/x', 'url-leads-nowhere'],
  ['http://[fe80::1]/x', 'url-leads-nowhere'],
])('REX-REF-094 the URL %s: %s %s', (url, code, suggestion) => {
  const expected = code === undefined ? [] : [[code, suggestion]]
  expect(urlFindings(url, 'p').map((one) => [one.code, one.values.suggestion])).toEqual(expected)
})

test.each<[string, string | undefined, string?]>([
  ['site.example', undefined],
  ['SITE.EXAMPLE.', undefined],
  ['пример.рф', undefined],
  ['a.onion', undefined],
  ['site[.]example', 'url-defanged', 'site.example'],
  ['https://site.example', 'domain-with-more', 'site.example'],
  ['site.example/path', 'domain-with-more', 'site.example'],
  ['site.example:8080', 'domain-with-more', 'site.example'],
  ['*.site.example', 'domain-with-more', 'site.example'],
  ['localhost', 'domain-invalid'],
  ['192.0.2.1', 'domain-invalid'],
  ['a site', 'domain-invalid'],
])('REX-REF-094 the domain %s: %s %s', (domain, code, suggestion) => {
  const expected = code === undefined ? [] : [[code, suggestion]]
  expect(domainFindings(domain, 'p').map((one) => [one.code, one.values.suggestion])).toEqual(expected)
})
