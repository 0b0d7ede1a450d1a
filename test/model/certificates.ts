/** Certificates of third parties: each really issued, and described in the words of who ordered it. The model reads the words only. */
import { createHash, randomBytes } from 'node:crypto'
import type { TransportFact } from '../../src/decide/index.ts'
import { issue, type Order, type Psd2Role, revocationList } from '../../src/app/certs/issue.ts'
import { judgeCertificate, trustStore } from '../../src/gateway/core/index.ts'
import { readCertificate, readRevocationList } from '../../src/proof/index.ts'

export interface Described {
  readonly name: string
  /** `undefined`: no certificate came. */
  readonly certificate:
    | undefined
    | {
        readonly thumbprint: string
        /** `null`: nobody we trust stands above it. */
        readonly trusted: null | {
          readonly store: string
          /** Authorities above it. */
          readonly depth: number
          readonly from: number
          readonly to: number
          /** `never`: its trust store asks for no lists. `nowhere`: there is no list of its authority. */
          readonly listed: 'revoked' | 'clean' | 'never' | 'nowhere'
          readonly listGoodUntil: number
        }
        readonly organization: string
        readonly roles: readonly string[]
      }
}
export interface Presented extends Described {
  readonly fact: TransportFact['certificate']
}

const MINUTE = 60_000
const DAY = 1_440 * MINUTE
export const ORG_A = 'PSDGB-FCA-111111'
export const ORG_B = 'PSDGB-FCA-222222'
const ALL: readonly Psd2Role[] = ['PSP_AI', 'PSP_PI', 'PSP_IC']

export function makeCertificates(now: number): ReadonlyMap<string, Presented> {
  const random = (count: number): Uint8Array => randomBytes(count)
  const valid = { notBefore: now - DAY, notAfter: now + 90 * DAY }
  type By = { readonly holder: Order['holder']; readonly key: ReturnType<typeof issue>['key'] }
  const authority = (commonName: string, by?: By) => {
    const holder = { commonName, country: 'GB' }
    const made = issue({ holder, purpose: 'authority', ...valid }, by, random)
    return { holder, key: made.key, der: made.der }
  }
  const root = authority('MODEL root')
  const upper = authority('MODEL upper', root)
  const lower = authority('MODEL lower', upper)
  const silent = authority('MODEL root without a list')
  const brief = authority('MODEL root with a brief list')
  const partner = authority('MODEL partners')
  const foreign = authority('MODEL foreign')
  const listEnds = now + 12 * MINUTE

  const order = (
    organizationIdentifier: string,
    roles: readonly Psd2Role[],
    times: Partial<Order> = {},
  ): Order => ({
    holder: { commonName: 'tpp', organization: 'TPP', organizationIdentifier, country: 'GB' },
    purpose: 'web',
    psd2: { roles, authority: { name: 'MODEL FCA', id: 'GB-FCA' } },
    ...valid,
    ...times,
  })
  interface Wish {
    readonly by: typeof root
    readonly order: Order
    readonly sent?: readonly (typeof root)[]
    readonly store: string | null
    readonly depth?: number
    readonly listed?: 'clean' | 'revoked' | 'never' | 'nowhere'
    readonly listGoodUntil?: number
  }
  const wishes: Readonly<Record<string, Wish>> = {
    'good-a': { by: root, order: order(ORG_A, ALL), store: 'qualified' },
    'good-b': { by: root, order: order(ORG_B, ALL), store: 'qualified' },
    'accounts-only': { by: root, order: order(ORG_A, ['PSP_AI']), store: 'qualified' },
    'payments-only': { by: root, order: order(ORG_A, ['PSP_PI']), store: 'qualified' },
    'under-one': {
      by: upper,
      sent: [upper],
      order: order(ORG_A, ALL),
      store: 'qualified',
      depth: 2,
    },
    'under-two': {
      by: lower,
      sent: [lower, upper],
      order: order(ORG_A, ALL),
      store: 'qualified',
      depth: 3,
    },
    partner: { by: partner, order: order(ORG_A, ALL), store: 'partners', listed: 'never' },
    foreign: { by: foreign, order: order(ORG_A, ALL), store: null },
    expired: {
      by: root,
      order: order(ORG_A, ALL, { notAfter: now - DAY / 2 }),
      store: 'qualified',
    },
    early: { by: root, order: order(ORG_A, ALL, { notBefore: now + DAY }), store: 'qualified' },
    dying: {
      by: root,
      order: order(ORG_A, ALL, { notAfter: now + 10 * MINUTE }),
      store: 'qualified',
    },
    revoked: { by: root, order: order(ORG_A, ALL), store: 'qualified', listed: 'revoked' },
    'no-list': { by: silent, order: order(ORG_A, ALL), store: 'qualified', listed: 'nowhere' },
    'brief-list': {
      by: brief,
      order: order(ORG_A, ALL),
      store: 'qualified',
      listGoodUntil: listEnds,
    },
    'feed-revoked': { by: root, order: order(ORG_A, ALL), store: 'qualified' },
    plain: {
      by: root,
      order: { holder: { commonName: 'no bank', country: 'GB' }, purpose: 'client', ...valid },
      store: 'qualified',
    },
  }
  const issued = new Map(
    Object.entries(wishes).map(
      ([name, wish]) => [name, { wish, made: issue(wish.order, wish.by, random) }] as const,
    ),
  )
  const serials = [...issued.values()].flatMap(({ wish, made }) =>
    wish.listed === 'revoked' ? [made.serial] : [],
  )
  const list = (by: typeof root, until: number, revoked: readonly Uint8Array[] = []) => {
    const read = readRevocationList(revocationList(by, revoked, now - DAY, until))
    if (!read.ok) throw new Error(read.fault)
    return read.list
  }
  const anchor = ({ der }: typeof root) => {
    const read = readCertificate(der)
    if (!read.ok) throw new Error(read.fault)
    return read.certificate
  }
  const long = now + 30 * DAY
  const stores = [
    trustStore('qualified', [root, silent, brief].map(anchor), [
      list(root, long, serials),
      list(upper, long),
      list(lower, long),
      list(brief, listEnds),
    ]),
    trustStore('partners', [anchor(partner)], undefined),
  ]
  const presented = new Map<string, Presented>([
    ['absent', { name: 'absent', certificate: undefined, fact: { kind: 'absent' } }],
  ])
  for (const [name, { wish, made }] of issued) {
    const { holder, notBefore, notAfter, psd2 } = wish.order
    const chain = [made.der, ...(wish.sent ?? []).map(({ der }) => der)]
    presented.set(name, {
      name,
      certificate: {
        thumbprint: createHash('sha256').update(made.der).digest('base64url'),
        trusted:
          wish.store === null
            ? null
            : {
                store: wish.store,
                depth: wish.depth ?? 1,
                // Certificates count whole seconds.
                from: Math.floor(Math.max(notBefore, valid.notBefore) / 1000) * 1000,
                to: Math.floor(Math.min(notAfter, valid.notAfter) / 1000) * 1000,
                listed: wish.listed ?? 'clean',
                listGoodUntil: Math.floor((wish.listGoodUntil ?? long) / 1000) * 1000,
              },
        organization: holder.organizationIdentifier ?? '',
        roles: psd2?.roles ?? [],
      },
      fact: judgeCertificate(stores, chain, now),
    })
  }
  return presented
}
