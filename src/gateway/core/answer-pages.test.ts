/** Where an answer may lead on, and where it may not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QuotaClaim } from '../../decide/index.ts'
import { cursorPage, pageOfLink } from '../../decide/index.ts'
import { ANY_PAGE, MAX_OFFERED_PAGES, offeredPages } from './answer-pages.ts'

const claim: QuotaClaim = {
  kind: 'quota',
  key: 'k',
  limit: 4,
  windowSeconds: 86_400,
  durable: { asked: [], paged: false, paging: ['page', 'pagination-key', 'cursor'], visit: '[]' },
}
const offered = (body: unknown): readonly string[] =>
  offeredPages({ body: typeof body === 'string' ? body : JSON.stringify(body) }, [claim])
const link = (query: string): string | undefined => pageOfLink(`https://a.example/x?${query}`)

test('links of every scheme lead on, as texts and as objects with href, wherever frames stand', () => {
  const two = [link('page=2')]
  assert.deepEqual(offered({ Links: { Next: '/accounts?page=2', Self: '/accounts' } }), two)
  assert.deepEqual(offered({ links: { next: 'https://b.example/a?page=2' } }), two)
  assert.deepEqual(offered({ _links: { next: { href: '?page=2' } } }), two)
  assert.deepEqual(
    offered({ transactions: { booked: [], _links: { next: { href: '?page=2' } } } }),
    two,
  )
  assert.deepEqual(offered({ links: { next: '?page=2', last: '?page=9' } }), [
    ...two,
    link('page=9'),
  ])
})

test('cursors lead on under the names of parameters that page, whatever their case', () => {
  const cursor = cursorPage('[]', 'abc')
  for (const name of ['cursor', 'nextCursor', 'NextCursor', 'paginationKey', 'pagination_key'])
    assert.deepEqual(offered({ meta: { [name]: 'abc' } }), [cursor], name)
  assert.deepEqual(offered({ meta: { total: 'abc', cursor: 7 } }), [])
})

test('nothing else does: rows, other links, links without a query, no JSON', () => {
  assert.deepEqual(offered({ Data: { Account: [{ next: '?page=2' }] } }), [])
  assert.deepEqual(offered({ Links: { Self: '?page=1', Prev: '?page=1', First: '?page=1' } }), [])
  assert.deepEqual(offered({ Links: { Next: '/accounts', Last: '/a#?page=2' } }), [])
  assert.deepEqual(offered({ Links: { Next: '?a=%zz' } }), [])
  assert.deepEqual(offered('{"Links":{"Next":"?page=2"'), [])
  assert.deepEqual(offered('[]'), [])
  assert.deepEqual(offered('null'), [])
})

test('one query in two spellings is one page', () => {
  assert.equal(link('page=2&a=b%20c'), link('a=b+c&page=2'))
  assert.notEqual(link('page=2&a=b'), link('page=2'))
})

test(`of one answer ${MAX_OFFERED_PAGES} pages count; of one that nobody saw, any`, () => {
  const links = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`l${at}`, { next: `?page=${at}` }]),
  )
  assert.equal(offered(links).length, MAX_OFFERED_PAGES)
  assert.deepEqual(offeredPages({ body: null }, [claim]), [ANY_PAGE])
})

test('deep and wide answers are not searched to their end', () => {
  let deep: object = { next: '?page=2' }
  for (let at = 0; at < 6; at++) deep = { in: deep }
  assert.deepEqual(offered(deep), [])
  const wide = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`o${at}`, {}]))
  assert.deepEqual(offered({ ...wide, z: { next: '?page=2' } }), [])
})
