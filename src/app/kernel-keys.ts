/** The keys and the verifier for the issuers of one plan. */
import type { Plan, PlanIssuer } from '../decide/index.ts'
import { canonicalJson, type Clock, type EgressList, type Scheduler } from '../lib/index.ts'
import {
  createIntrospection,
  createIssuerKeys,
  createTokenVerifier,
  type IssuerKeys,
  opaqueTokens,
  type TokenVerifier,
} from '../proof/index.ts'
import type { IssuerConfig } from '../config/index.ts'
import { issuerEgress } from './egress-lists.ts'
import { issuerPorts } from './key-ports.ts'
import { systemRandomBytes } from './system-ports.ts'
import { clientAuthentication } from './transport/client-authentication.ts'
import { issuerIdentities, type UpstreamIdentities } from './transport/upstream-identities.ts'

export interface TrustedKeys {
  readonly verifier: TokenVerifier
  /** Resolves after the first attempt to load each key set, good or bad. */
  readonly ready: Promise<void>
  /** Issuers whose keys could not be loaded, with the reason. */
  problems(): readonly string[]
  status(): readonly IssuerStatus[]
  /** Issuers that were not trusted like this before and have no key. */
  missing(): readonly string[]
  /** Ends what the keys that follow did not take over; `undefined`: everything. */
  close(next?: TrustedKeys): void
  /** Files of what is configured of TLS with issuers. */
  readonly identities: UpstreamIdentities
  /** By all that is trusted of an issuer. */
  readonly byTrust: ReadonlyMap<string, IssuerKeys>
}

export interface IssuerStatus {
  readonly issuer: string
  readonly keys: number
  /** Milliseconds since the epoch of the last good load; 0: there was none. */
  readonly loadedAt: number
}

/**
 * `before`: keys of issuers that are trusted as before go on, with what was verified by them. Where nothing differs the verifier is
 * the same object, so that no token need be verified again.
 */
export function trustedKeys(
  plan: Plan,
  clock: Clock,
  scheduler: Scheduler,
  configured: readonly IssuerConfig[],
  before?: TrustedKeys,
): TrustedKeys {
  const identities = issuerIdentities(configured)
  const issuers = plan.issuers.map((issuer) => {
    const { issuer: name, algorithms, claims, introspection } = issuer
    const own = configured.find((one) => one.issuer === name)
    const lists = issuerEgress(plan, name)
    const ports = issuerPorts(
      own === undefined || own.tls === null
        ? undefined
        : () => {
            identities.check()
            return identities.of(name)
          },
      lists,
    )
    const trust = trustOf(issuer, own, lists)
    const keys =
      before?.byTrust.get(trust) ??
      createIssuerKeys({ location: issuer.jwks, ports, clock, scheduler })
    return { trust, issuer: name, algorithms, claims, keys, introspection, own, ports }
  })
  const byTrust = new Map(issuers.map(({ trust, keys }) => [trust, keys]))
  const same =
    before !== undefined &&
    canonicalJson([...before.byTrust.keys()]) === canonicalJson([...byTrust.keys()])
  const asked = issuers.flatMap((issuer) => {
    const { introspection, ports, own } = issuer
    if (introspection === undefined || own === undefined || own.introspection === null) return []
    const { judge } = createIntrospection({
      ...introspection,
      issuer,
      authenticate: clientAuthentication(issuer.issuer, own.introspection, {
        clock,
        randomBytes: systemRandomBytes,
      }),
      ports,
      clock,
    })
    const { tokenPrefix, tryInOrder } = introspection
    return {
      judge,
      issuer: issuer.issuer,
      ...(tokenPrefix !== undefined && { tokenPrefix }),
      ...(tryInOrder === true && { tryInOrder }),
    }
  })
  const opaque = asked.length === 0 ? undefined : opaqueTokens(asked)
  return {
    byTrust,
    identities,
    verifier: same ? before.verifier : createTokenVerifier(issuers, opaque),
    ready: Promise.all(issuers.map(({ keys }) => keys.ready)).then(() => undefined),
    problems: () =>
      issuers.flatMap(({ issuer, keys }) =>
        keys.status.problems.map((problem) => `${issuer}: ${problem}`),
      ),
    status: () =>
      issuers.map(({ issuer, keys }) => ({
        issuer,
        keys: keys.status.keys,
        loadedAt: keys.status.loadedAt,
      })),
    missing: () =>
      issuers.flatMap(({ trust, issuer, keys }) =>
        keys.status.keys === 0 && before?.byTrust.get(trust) !== keys ? [issuer] : [],
      ),
    close(next) {
      for (const { trust, keys } of issuers) if (next?.byTrust.get(trust) !== keys) keys.close()
    },
  }
}

function trustOf(
  { issuer, jwks, algorithms, claims, introspection }: PlanIssuer,
  own: IssuerConfig | undefined,
  lists: readonly EgressList[],
): string {
  const { clientSecret = null, clientKey = null } = own?.introspection ?? {}
  const asked = introspection === undefined ? null : { ...introspection, clientSecret, clientKey }
  return canonicalJson({ issuer, jwks, algorithms, claims, asked, tls: own?.tls ?? null, lists })
}
