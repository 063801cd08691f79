// Tests of making links unusable. docs/guide/rex-desk.md
import { expect, test } from 'vitest'
import { defangText } from './defang.ts'

test.each([
  ['www.evil.example/x, WWW2.Evil.example.', 'www[.]evil[.]example/x, WWW2[.]Evil[.]example.'],
  ['file:///etc/x FILE:C:\\x', 'file[:]///etc/x FILE[:]C:\\x'],
  ['smb://srv.example/s \\\\srv.example\\s', 'smb[:]//srv[.]example/s [\\\\]srv[.]example\\s'],
  ['ftp://u@h.example/x ftp.h.example', 'fxp://u[at]h[.]example/x ftp[.]h[.]example'],
  [
    'javascript:alert(1) JavaScript:void(0); vbscript:x',
    'javascript[:]alert(1) JavaScript[:]void(0); vbscript[:]x',
  ],
  ['(data:text/html;base64,AAAA)', '(data[:]text/html;base64,AAAA)'],
  ['mailto:a@b.example tel:+316 magnet:?xt=1', 'mailto[:]a[at]b[.]example tel[:]+316 magnet[:]?xt=1'],
  ['http:\\\\a.example https:a.example', 'http[:]\\\\a[.]example https[:]a[.]example'],
  ['tor://abc.onion/x ms-msdt:/id', 'tor[:]//abc[.]onion/x ms-msdt[:]/id'],
  ['bit.ly/abc', 'bit[.]ly/abc'],
  ['http://a.example,http://b.example', 'hxxp://a[.]example,hxxp://b[.]example'],
  ['https://a.example/?u=https://b.example', 'hxxps://a[.]example/?u=hxxps://b[.]example'],
  ['(\\\\srv\\s) "\\\\srv\\s"', '([\\\\]srv\\s) "[\\\\]srv\\s"'],
  ['javascript: alert(1)', 'javascript[:] alert(1)'],
  ['hxxps://a[.]example/x', 'hxxps://a[.]example/x'],
])('links of every kind in texts cannot be opened: %s', (text, safe) => {
  expect(defangText(text)).toBe(safe)
})

test('texts without links stay as they are', () => {
  for (const text of [
    'note: see data: none, file: lost; at 9:30, ratio 1:2, and/or, e.g. 3.5/4.',
    'Call her: www is not a word.',
    'a.b, user@mail.example',
  ])
    expect(defangText(text)).toBe(text)
})

test('links are found in linear time', () => {
  for (const part of ['a.', 'a:', 'a://b', '\\\\', 'www.', 'a-', 'http:', 'x.y/'])
    expect(defangText(part.repeat(50_000)).length).toBeGreaterThanOrEqual(part.length * 50_000)
}, 5000)

test('URLs in texts cannot be clicked', () => {
  expect(defangText('see http://a.b.example/c and HTTPS://d.example.')).toBe(
    'see hxxp://a[.]b[.]example/c and hxxps://d[.]example.',
  )
})
