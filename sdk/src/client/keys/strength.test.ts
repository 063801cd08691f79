// Tests of the strength of passphrases. docs/guide/rex-desk.md, "Passphrase"
import { expect, test } from 'vitest'
import { initDesk } from '../init.ts'
import { changePassphrase } from './access.ts'
import { checkStrength } from './strength.ts'

const TOO_EASY = {
  reason: 'CONFIG_INVALID',
  path: 'passphrase',
  hint: expect.stringContaining('four or more words'),
}

test.each([
  'passphrase',
  'password',
  'passphrase passphrase',
  'password password password password',
  'Passphrase1!',
  'P@ssw0rd2026',
  'hotline example',
  'hotlineexample1',
  'rex desk',
  '123456789012345',
  'qwertyuiopasdf',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'abcabcabcabcabcabc',
  'letmein please',
  '2026-11-29',
  'пароль',
  'パスワード',
  '密码密码',
  '비밀번호',
  'كلمة السر',
])('T-119 %s is refused', async (passphrase) => {
  await expect(
    checkStrength(passphrase, ['Hotline Example', 'https://hotline.example']),
  ).rejects.toMatchObject(TOO_EASY)
})

test.each([
  'a long passphrase of the hotline',
  'some passphrase of a desk',
  'another long passphrase',
  'correct horse battery staple',
  'drei blaue Hunde lesen Zeitung',
  'la niña come pan azul',
  'солнце светит над рекой',
  'الشمس تشرق فوق النهر كل صباح',
  '母は毎朝庭の花に水をやる',
  '今天我们去看电影',
  '이것은 긴 암호문입니다',
  'सूरज हर सुबह नदी पर उगता है',
  'kX7$wQ2!pL9zR4',
  'a'.repeat(3).concat(' quiet river of seven paper boats '.repeat(25)).trim(),
])('T-119 %s is taken', async (passphrase) => {
  await expect(
    checkStrength(passphrase, ['Hotline Example', 'https://hotline.example']),
  ).resolves.toBeUndefined()
})

test('T-119 a weak passphrase is refused before the token is used or the keystore opened', async () => {
  const made = { directory: '/nowhere/desk', token: 'no token', name: 'Hotline Example' }
  await expect(initDesk({ ...made, passphrase: 'hotline example' })).rejects.toMatchObject(TOO_EASY)
  await expect(changePassphrase('/nowhere/desk', { from: 'old', to: 'passphrase' })).rejects.toMatchObject(
    TOO_EASY,
  )
})
