/** The parts of the pages: what is text stays text, colours can be read, languages are whole, and logins are slow for everybody alike. */
import assert from 'node:assert/strict'
import { scryptSync } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  BLOCKED_MS,
  developmentCustomers,
  MAX_FAILURES,
  NAMES_REMEMBERED,
} from '../../../src/identity/screens/customers.ts'
import { ENGLISH } from '../../../src/identity/screens/english.ts'
import { isOurs } from '../../../src/identity/screens/forms.ts'
import { GERMAN } from '../../../src/identity/screens/german.ts'
import { escape, html } from '../../../src/identity/screens/html.ts'
import { chooseLanguage } from '../../../src/identity/screens/language.ts'
import { namedConsent } from '../../../src/identity/screens/requested-consent.ts'
import { contrast, DARK, LIGHT, styleSheet, textOn } from '../../../src/identity/screens/style.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const RUNS = Math.max(10_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))

test('whatever is put into a page is text there: no tag, no attribute, no entity of its own', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const shown = escape(text)
      assert.doesNotMatch(shown, /[<>"']/)
      assert.doesNotMatch(shown, /&(?!(?:amp|lt|gt|quot|#39);)/)
      assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\u2028\u2029]/u)
      assert.equal(
        html`<p title="${text}">${[text, undefined]}</p>`.text,
        `<p title="${shown}">${shown}</p>`,
      )
    }),
    { numRuns: RUNS },
  )
  assert.equal(
    html`${html`<b>${'<i>'}</b>`}`.text,
    '<b>&lt;i&gt;</b>',
    'what is made of parts is not escaped twice',
  )
})

test('text can be read on every colour of a bank, and in light and dark (WCAG 2.2, 1.4.3 and 1.4.11)', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffff }), (number) => {
      const colour = `#${number.toString(16).padStart(6, '0')}`
      assert.ok(contrast(colour, textOn(colour)) >= 4.5, colour)
    }),
    { numRuns: RUNS },
  )
  for (const { page, card, text, quiet, line, error } of [LIGHT, DARK]) {
    for (const [one, on] of [
      [text, card],
      [text, page],
      [quiet, card],
      [quiet, page],
      [error, card],
    ] as const)
      assert.ok(contrast(one, on) >= 4.5, `${one} on ${on}`)
    assert.ok(contrast(line, card) >= 3, `${line} on ${card}`)
  }
  const style = styleSheet({ name: 'x', accent: '#0b6e4f' })
  assert.match(style, /prefers-color-scheme:dark/)
  assert.match(style, /:focus-visible\{outline:3px/)
  assert.doesNotMatch(style, /url\(|@import/)
})

test('every message is there in every language, with the same gaps', () => {
  assert.deepEqual(Object.keys(GERMAN).sort(), Object.keys(ENGLISH).sort())
  for (const [name, text] of Object.entries(ENGLISH)) {
    const other = GERMAN[name as keyof typeof ENGLISH] // sound: the same keys
    assert.ok(other.length > 0, name)
    assert.equal(other.split('{0}').length, text.split('{0}').length, name)
  }
})

test('a language is chosen by what was asked for, then by what the browser weighs highest, else English', () => {
  for (const [locales, accepted, tag] of [
    [undefined, undefined, 'en'],
    ['de', 'en', 'de'],
    ['fr', 'de-CH', 'de'],
    [undefined, 'fr, de;q=0.3, en;q=0.9', 'en'],
    [undefined, 'en;q=0, de;q=0.1', 'de'],
    [undefined, 'xx'.repeat(5_000), 'en'],
    ['', ';;;,,,q=', 'en'],
  ] as const)
    assert.equal(chooseLanguage(locales, accepted).tag, tag, accepted)
  const german = chooseLanguage('de', undefined)
  assert.equal(german.amount('12345678901234567890.10', 'EUR'), '12345678901234567890,10 EUR')
  assert.equal(german.day(Date.UTC(2026, 2, 9)), '9. März 2026')
  assert.match(german.about('withdrawTitle', '<b>').text, /<bdi>&lt;b&gt;<\/bdi>/)
})

test('which consent a request names: by parameter or claim, and two that differ, or what is no name, are none', () => {
  const claims = (id: string, target = 'id_token') =>
    JSON.stringify({ [target]: { openbanking_intent_id: { value: id } } })
  for (const [params, named] of [
    [{}, undefined],
    [{ consent_id: 'a' }, 'a'],
    [{ claims: claims('a') }, 'a'],
    [{ claims: claims('a', 'userinfo') }, 'a'],
    [{ consent_id: 'a', claims: claims('a') }, 'a'],
    [{ consent_id: 'a', claims: claims('b') }, null],
    [{ claims: '{"id_token":{"openbanking_intent_id":{"value":7}}}' }, null],
    [{ claims: '{"id_token":{"openbanking_intent_id":{"values":["a"]}}}' }, null],
    [{ claims: '{"id_token":{"openbanking_intent_id":{"essential":true}}}' }, undefined],
    [{ claims: '{"id_token":{"openbanking_intent_id":null}}' }, undefined],
    [{ claims: '{"id_token":null}' }, undefined],
    [{ claims: '{' }, undefined],
  ] as const)
    assert.equal(namedConsent(params), named, JSON.stringify(params))
})

const SALT = '00'.repeat(16)
const HASH = scryptSync('secret', Buffer.from(SALT, 'hex'), 32).toString('hex')
const AMIRA = {
  subject: 'cust-amira',
  username: 'amira',
  password: `scrypt:${SALT}:${HASH}`,
  acr: 'a',
  accounts: [],
}

test('five failures in a row close a name for a while, also for who knows the password, and 50 at once are 50', async () => {
  const clock = new FakeClock()
  const customers = developmentCustomers([AMIRA], clock)
  assert.deepEqual(await customers.login('amira', 'secret'), { subject: 'cust-amira', acr: 'a' })
  for (let at = 0; at < MAX_FAILURES - 1; at++)
    assert.equal(await customers.login('amira', 'wrong'), undefined)
  assert.ok(await customers.login('amira', 'secret'), 'one short of the limit')
  const results = await Promise.all(
    Array.from({ length: 12 }, (_, at) => customers.login('amira', at === 11 ? 'secret' : 'wrong')),
  )
  assert.deepEqual(
    results.filter((one) => one !== undefined),
    [],
  )
  clock.advance(BLOCKED_MS - 1)
  assert.equal(await customers.login('amira', 'secret'), undefined, 'still closed')
  clock.advance(1)
  assert.ok(await customers.login('amira', 'secret'))
  assert.equal(await customers.login('nobody', 'secret'), undefined)
  assert.equal(await customers.login('amira', 'x'.repeat(257)), undefined)
  assert.ok(NAMES_REMEMBERED > 0)
})

test('a form is ours by its token, and by where the browser says that it comes from', () => {
  const ask = (headers: Readonly<Record<string, string>>, token: string): boolean =>
    // Sound: nothing but headers is looked at.
    isOurs(
      { headers } as unknown as IncomingMessage,
      new URLSearchParams({ form: token }),
      'right',
      'https://login.example',
    )
  assert.ok(ask({}, 'right'))
  assert.ok(ask({ origin: 'https://login.example', 'sec-fetch-site': 'same-origin' }, 'right'))
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'https://login.example.evil.example' },
    { origin: 'https://login.example', 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
  ])
    assert.ok(!ask(headers, 'right'), JSON.stringify(headers))
  for (const token of ['', 'wrong', 'righ', 'rightt']) assert.ok(!ask({}, token), token)
})
