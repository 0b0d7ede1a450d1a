/** What a consent weighs in the gateway's projection of the feed: bytes of heap for each, over so many. */
import { createProjection } from '../../src/feed/index.ts'
import type { Change, Feed } from '../../src/feed/index.ts'

/** Mixed as a bank's are: some lists of permissions, one to four accounts, some with periods. */
export function consentChange(at: number): Change {
  const accounts = Array.from({ length: 1 + (at % 4) }, (_, one) => `${22_289_000 + at * 4 + one}`)
  const permissions = LISTS[at % LISTS.length] ?? []
  return {
    seq: at + 1,
    at: 0,
    kind: 'consent',
    key: `urn-consent-${at}`,
    value: {
      id: `urn-consent-${at}`,
      client: `tpp-${at % 997}`,
      subject: `customer-${Math.floor(at / 2)}`,
      status: 'AUTH',
      permissions: [...permissions],
      accounts,
      ...(at % 3 > 0 && { expiresAt: Date.UTC(2099, 0, 1) + at }),
      ...(at % 5 === 0 && { transactionsFrom: Date.UTC(2025, 0, 1) }),
    },
  }
}
const LISTS: readonly (readonly string[])[] = [
  ['ReadAccountsBasic', 'ReadBalances'],
  [
    'ReadAccountsDetail',
    'ReadBalances',
    'ReadTransactionsDetail',
    'ReadTransactionsCredits',
    'ReadTransactionsDebits',
  ],
  ['ReadAccountsBasic', 'ReadTransactionsBasic', 'ReadTransactionsDebits'],
  [
    'ReadAccountsBasic',
    'ReadAccountsDetail',
    'ReadBalances',
    'ReadBeneficiariesDetail',
    'ReadParty',
    'ReadStandingOrdersDetail',
  ],
]

/** Bytes of heap and buffers that each of `count` consents takes. */
export async function bytesPerConsent(count: number): Promise<number> {
  const feed: Feed = {
    snapshot: () =>
      Promise.resolve({
        seq: count,
        // Made as they are read, as changes come off a wire: nobody else keeps them.
        changes: {
          *[Symbol.iterator]() {
            for (let at = 0; at < count; at++)
              yield JSON.parse(JSON.stringify(consentChange(at))) as Change // sound: it was one
          },
        } as unknown as readonly Change[], // sound: it is iterated and nothing else
      }),
    subscribe: () => () => undefined,
  }
  const heap = (): number => {
    globalThis.gc?.()
    globalThis.gc?.()
    const { heapUsed, external, arrayBuffers } = process.memoryUsage()
    return heapUsed + external + arrayBuffers
  }
  const before = heap()
  const projection = await createProjection(feed, {
    now: Date.now,
    monotonic: () => performance.now(),
  })
  const bytes = (heap() - before) / count
  if (projection.consent(`urn-consent-${count - 1}`) === undefined)
    throw new Error('a consent is missing')
  return bytes
}
