/** The keys and the verifier for the issuers of one plan. */
import type { Plan } from '../decide/index.ts'
import type { Clock, Scheduler } from '../lib/index.ts'
import { createIssuerKeys, createTokenVerifier, type TokenVerifier } from '../proof/index.ts'
import { keyPorts } from './key-ports.ts'

export interface TrustedKeys {
  readonly verifier: TokenVerifier
  /** Resolves after the first attempt to load each key set, good or bad. */
  readonly ready: Promise<void>
  /** Issuers whose keys could not be loaded, with the reason. */
  problems(): readonly string[]
  status(): readonly IssuerStatus[]
  close(): void
}

export interface IssuerStatus {
  readonly issuer: string
  readonly keys: number
  /** Milliseconds since the epoch of the last good load; 0: there was none. */
  readonly loadedAt: number
}

export function trustedKeys(plan: Plan, clock: Clock, scheduler: Scheduler): TrustedKeys {
  const issuers = plan.issuers.map((issuer) => ({
    issuer: issuer.issuer,
    algorithms: issuer.algorithms,
    claims: issuer.claims,
    keys: createIssuerKeys({ location: issuer.jwks, ports: keyPorts, clock, scheduler }),
  }))
  return {
    verifier: createTokenVerifier(issuers),
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
    close() {
      for (const { keys } of issuers) keys.close()
    },
  }
}
