import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importSpec } from '../index.ts'

function basePath(server: unknown): string | undefined {
  const document = {
    openapi: '3.0.3',
    info: { title: 't', version: '1' },
    servers: server === undefined ? [] : [server],
    paths: { '/a': { get: { responses: { 200: { description: 'ok' } } } } },
  }
  return importSpec({ file: 'a.json', text: JSON.stringify(document) }).spec?.basePath
}

const CASES: readonly (readonly [server: unknown, wanted: string])[] = [
  [undefined, ''],
  [{ url: '/' }, ''],
  [{ url: 'https://a.example' }, ''],
  [{ url: 'https://a.example/psd2/v1/' }, '/psd2/v1'],
  [{ url: '//a.example/psd2' }, '/psd2'],
  [{ url: 'https://a.example/q?x=1#y' }, '/q'],
  [{ url: './v1' }, '/v1'],
  [{ url: '../../v1' }, '/v1'],
  [{ url: 'https://a.example/a/./b/../c' }, '/a/c'],
  [{ url: 'v1' }, '/v1'],
  [{ url: '.' }, ''],
  [{ url: 'https://a.example/v{n}', variables: { n: { default: 2 } } }, '/v2'],
  [
    { url: 'https://{h}.example/{b}', variables: { h: { default: 'a' }, b: { default: 'x/y' } } },
    '/x/y',
  ],
  [{ url: 'https://a.example/{b}' }, ''],
]
for (const [server, wanted] of CASES)
  test(`importSpec takes the base path of ${JSON.stringify(server)} for "${wanted}"`, () => {
    assert.equal(basePath(server), wanted)
  })
