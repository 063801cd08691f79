// Tests of plausibility, case by case: network addresses, countries, languages and time zones. docs/spec/referral.md, "Lint"
import { expect, test } from 'vitest'
import { lint, type Referral } from '../../index.ts'
import { CARE, NOW, PHONE, REMOVAL } from '../fixture.ts'

const codes = (changes: Partial<Referral>, base: Referral) =>
  lint({ ...base, ...changes }, { now: NOW }).map(({ code }) => code)

const at = '2026-11-01T00:00Z'
test.each([
  ['8.8.8.8', undefined],
  ['2a00:1450:4001:800::200e', undefined],
  ['2001:db8::', undefined],
  ['::ffff:203.0.113.9', undefined],
  ['10.0.0.1', 'network-address-private'],
  ['172.16.5.4', 'network-address-private'],
  ['100.64.0.1', 'network-address-private'],
  ['169.254.1.1', 'network-address-private'],
  ['224.0.0.1', 'network-address-private'],
  ['255.255.255.255', 'network-address-private'],
  ['::1', 'network-address-private'],
  ['::', 'network-address-private'],
  ['::ffff:10.0.0.1', 'network-address-private'],
  ['fd00::1', 'network-address-private'],
  ['febf::1', 'network-address-private'],
  ['1.2.3', 'network-address-invalid'],
  ['1.2.3.4.5', 'network-address-invalid'],
  ['01.2.3.4', 'network-address-invalid'],
  ['1.2.3.4::', 'network-address-invalid'],
  ['1::2::3', 'network-address-invalid'],
  ['12345::', 'network-address-invalid'],
])('REX-REF-094 the network address %s: %s', (address, code) => {
  const accounts = [{ id: 'x', service: 'S', addresses: [{ address, event: 'login', at }] }]
  expect(codes({ accounts }, REMOVAL)).toEqual(code === undefined ? [] : [code])
})

test.each([
  ['UA', true],
  ['XK', true],
  ['PS', true],
  ['UK', false],
  ['EU', false],
  ['SU', false],
  ['XX', false],
  ['ZZ', false],
])('REX-REF-094 %s is a country: %s', (country, is) => {
  expect(codes({ triage: { ...CARE.triage, country } }, CARE)).toEqual(is ? [] : ['country-unknown'])
})

test.each([
  ['en', true],
  ['und', true],
  ['x-pidgin', true],
  ['ckb-Arab', true],
  ['sgn-US', true],
  ['english', false],
  ['zz', false],
])('REX-REF-094 %s is a language: %s', (tag, is) => {
  const languages = ['uk', tag]
  expect(codes({ triage: { ...CARE.triage, languages } }, CARE)).toEqual(is ? [] : ['language-unknown'])
})

test.each([
  ['Europe/Kiev', true],
  ['Asia/Damascus', true],
  ['UTC', true],
  ['Etc/GMT-3', true],
  ['Kyiv', false],
  ['GMT+2', false],
  ['+0200', false],
])('REX-REF-094 %s is a time zone: %s', (zone, is) => {
  const safeTimes = [{ from: '09:00', until: '10:00', zone }]
  const contact = { channels: [{ ...PHONE, safeTimes }] }
  expect(codes({ contact }, CARE)).toEqual(is ? [] : ['zone-unknown'])
})
