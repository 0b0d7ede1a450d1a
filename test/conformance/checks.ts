/** Conditions of the suite that many modules have in common, by what they find wrong. */
import assert from 'node:assert/strict'
import type { Answer } from './run.ts'

/** RFC 6749 §5.2: which characters a description may have. */
const DESCRIPTION = /^[\x20-\x21\x23-\x5B\x5D-\x7E]*$/

/** An error of one of these codes, in JSON; 401 is for `invalid_client` alone, unless the module says otherwise. */
export function refused(answer: Answer, codes: readonly string[], status?: number): void {
  const { error, error_description: description, error_uri: uri } = answer.body
  assert.ok(codes.includes(String(error)), `${answer.status} ${answer.text}`)
  if (status !== undefined) assert.equal(answer.status, status, answer.text)
  else assert.ok(answer.status === 400 || (answer.status === 401 && error === 'invalid_client'))
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  if (description !== undefined) {
    assert.ok(typeof description === 'string')
    assert.match(description, DESCRIPTION)
  }
  assert.equal(uri, undefined)
}

/** An error that the client is told, unsigned too, or that is shown where the browser cannot be sent back; the suite takes a picture of it. */
export function wrong(end: URL | Answer, codes: readonly string[]): void {
  if (end instanceof URL) {
    assert.ok(codes.includes(end.searchParams.get('error') ?? ''), end.search)
    assert.equal(end.searchParams.get('code'), null)
    return
  }
  assert.ok(end.status >= 400, String(end.status))
  const [, code = ''] = /<code>([a-z_]+)<\/code>/.exec(end.text) ?? []
  assert.ok(codes.includes(code), code)
}
