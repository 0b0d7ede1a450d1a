import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_URL_CHARS, normalPath, readHttpUrl } from '../../src/lib/index.ts'

const RUNS = Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 10_000)
const text = (url: string): string | undefined => {
  const read = readHttpUrl(url)
  return read && `${read.origin}${read.path}`
}

test('`readHttpUrl` gives one form to all spellings of an address', () => {
  const want = 'https://api.bank.example/open-banking/a%2Fb/~x'
  for (const url of [
    want,
    'HTTPS://API.Bank.Example/open-banking/a%2Fb/~x',
    'https://api.bank.example:443/open-banking/a%2fb/%7Ex',
    'https://api.bank.example:/open-banking/a%2Fb/~x',
    'https://api.bank.example/open-banking/./a%2Fb/c/../~x',
    'https://%61pi.bank.example/%6Fpen-banking/a%2fb/~x',
    `${want}?from=2026&x=?`,
    `${want}#part`,
    `${want}?q#part?`,
  ])
    assert.equal(text(url), want, url)
  assert.equal(text('http://127.0.0.1:80'), 'http://127.0.0.1/')
  assert.equal(text('http://[::1]:8080?x'), 'http://[::1]:8080/')
})

test('`readHttpUrl` keeps apart what differs', () => {
  const urls = [
    'https://a.example/x',
    'http://a.example/x',
    'https://a.example:8443/x',
    'https://b.example/x',
    'https://a.example/X',
    'https://a.example/x/',
    'https://a.example/x%2F',
    'https://a.example//x',
  ]
  assert.equal(new Set(urls.map(text)).size, urls.length)
})

test('`readHttpUrl` refuses what is no plain http address', () => {
  for (const url of [
    '',
    '/accounts',
    'https:/a.example/x',
    'https:///x',
    'ftp://a.example/x',
    'https://user@a.example/x',
    'https://user:pass@a.example/x',
    'https://a.example\\x',
    'https://a.example/\\x',
    ' https://a.example/x',
    'https://a.example/x ',
    'https://a.example/a b',
    'https://a.example:99999/x',
    'https://a.example:x/x',
    'https://a.example\n/x',
    'javascript:https://a.example/',
  ])
    assert.equal(readHttpUrl(url), undefined, url)
})

test('`readHttpUrl` reads up to its limit and nothing longer', () => {
  const start = 'https://a.example/'
  assert.ok(readHttpUrl(start + 'x'.repeat(MAX_URL_CHARS - start.length)))
  assert.equal(readHttpUrl(start + 'x'.repeat(MAX_URL_CHARS - start.length + 1)), undefined)
})

test('`readHttpUrl` reads its own form as itself, and agrees with the URL of the platform about host and port', () => {
  const pieces = fc.array(
    fc.constantFrom('a', 'B', '/', '.', '..', '%2f', '%41', '%7e', '-', ':', '@', '~'),
    { maxLength: 12 },
  )
  const hosts = fc.constantFrom('a.example', 'A.Example:443', 'a.example:8443', '[::1]:80', 'x:080')
  fc.assert(
    fc.property(fc.constantFrom('http', 'HTTPS'), hosts, pieces, (scheme, host, path) => {
      const url = `${scheme}://${host}/${path.join('')}`
      const read = readHttpUrl(url)
      assert.ok(read, url)
      assert.equal(text(`${read.origin}${read.path}`), `${read.origin}${read.path}`)
      assert.equal(read.origin, new URL(url).origin)
      assert.equal(normalPath(read.path), read.path)
    }),
    { numRuns: RUNS },
  )
})
