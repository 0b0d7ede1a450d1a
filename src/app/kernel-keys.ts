/** The keys and the verifier for the issuers of one plan. */
import type { Plan, PlanIssuer } from '../decide/index.ts'
import { canonicalJson, type Clock, type Scheduler } from '../lib/index.ts'
import {
  createIntrospection,
  createIssuerKeys,
  createTokenVerifier,
  type IssuerKeys,
  type TokenVerifier,
} from '../proof/index.ts'
import type { IssuerConfig, SecretRef } from '../config/index.ts'
import { introspectionPorts, keyPorts } from './key-ports.ts'
import { readSecret } from './secrets.ts'

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
  const issuers = plan.issuers.map((issuer) => {
    const secret = configured.find((one) => one.issuer === issuer.issuer)?.introspection
      ?.clientSecret
    const trust = trustOf(issuer, secret)
    const keys =
      before?.byTrust.get(trust) ??
      createIssuerKeys({ location: issuer.jwks, ports: keyPorts, clock, scheduler })
    const { issuer: name, algorithms, claims, introspection } = issuer
    return { trust, issuer: name, algorithms, claims, keys, introspection, secret }
  })
  const byTrust = new Map(issuers.map(({ trust, keys }) => [trust, keys]))
  const same =
    before !== undefined &&
    canonicalJson([...before.byTrust.keys()]) === canonicalJson([...byTrust.keys()])
  const asked = issuers.find(({ introspection }) => introspection !== undefined)
  const { introspection, secret } = asked ?? {}
  const opaque =
    asked === undefined || introspection === undefined || secret === undefined
      ? undefined
      : createIntrospection({
          ...introspection,
          issuer: asked,
          clientSecret: () => readSecret(secret),
          ports: introspectionPorts,
          clock,
        })
  return {
    byTrust,
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
  secret: SecretRef | undefined,
): string {
  const asked = introspection === undefined ? null : { ...introspection, secret: { ...secret } }
  return canonicalJson({ issuer, jwks, algorithms, claims, asked })
}
