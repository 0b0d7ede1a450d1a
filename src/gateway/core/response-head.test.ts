import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseHead } from './response-head.ts'

const mediaType = (value: string | readonly string[] | undefined): string =>
  responseHead(200, { 'content-type': value }).mediaType

test('`responseHead` reads a media type without its parameters, in lower case', () => {
  assert.equal(mediaType('application/json'), 'application/json')
  assert.equal(mediaType('Application/JSON ;charset=UTF-8'), 'application/json')
  assert.equal(mediaType('application/json; charset="utf-8"'), 'application/json')
  assert.equal(
    mediaType('application/problem+json; charset=us-ascii; x=1'),
    'application/problem+json',
  )
  assert.equal(mediaType('text/csv; charset=iso-8859-1'), 'text/csv')
  assert.equal(mediaType(undefined), '')
})

test('`responseHead` has no media type for an answer that names two', () => {
  assert.equal(mediaType(['application/json;x=1', 'text/html']), '')
  assert.equal(mediaType(['application/json', 'application/json']), '')
})

test('`responseHead` has no media type for JSON in another charset', () => {
  for (const type of ['application/json', 'application/problem+json', 'text/json'])
    for (const charset of ['utf-16', '"UTF-7"', 'iso-8859-1', '', 'utf-8; charset=utf-16'])
      assert.equal(mediaType(`${type};charset=${charset}`), '', charset)
  assert.equal(mediaType('application/json ; Charset = utf-32'), '')
})

test('`responseHead` joins codings that were said twice', () => {
  const head = responseHead(200, { 'content-encoding': ['identity', 'GZIP'] })
  assert.equal(head.contentEncoding, 'identity, gzip')
  assert.equal(responseHead(200, {}).contentEncoding, '')
})
