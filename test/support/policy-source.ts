/** A policy source from specification texts and a few words about each API, as `app` would make it from a configuration. */
import { importSpec } from '../../src/inventory/index.ts'
import type { Place } from '../../src/lib/index.ts'
import { computeObjective } from '../../src/objectives/index.ts'
import type { ApiPolicySource, PolicySource, RuleChange } from '../../src/policy/index.ts'
import { apiProfile } from './api-profile.ts'
import { linearRegex } from './linear-regex.ts'

export const ISSUER = 'https://as.bank.example'

export function placeAt(line: number, column = 5): Place {
  return { file: '/etc/bank/gatehouse.yaml', line, column }
}

/** A change at a line of the configuration. */
export function change(
  rule: string,
  changes: Partial<Omit<RuleChange, 'rule' | 'place'>> & { readonly line?: number } = {},
): RuleChange {
  const { line = 20, ...rest } = changes
  return {
    rule,
    mode: null,
    fraction: null,
    params: {},
    bounds: null,
    approval: null,
    place: placeAt(line),
    ...rest,
  }
}

export type ApiWords = Partial<Omit<ApiPolicySource, 'spec'>> & {
  /** The specification: YAML or JSON text, or a document. */
  readonly spec: unknown
  readonly dataClasses?: readonly string[]
  readonly exposure?: 'internet-anonymous' | 'internet-authenticated'
}

export function apiSource({
  spec: given,
  dataClasses,
  exposure,
  ...words
}: ApiWords): ApiPolicySource {
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  const { spec, diagnostics } = importSpec({ file: 'api.yaml', text, regex: linearRegex })
  if (spec === undefined) throw new Error(`no specification: ${JSON.stringify(diagnostics)}`)
  const profile = apiProfile({
    ...(dataClasses === undefined ? {} : { dataClasses }),
    ...(exposure === undefined ? {} : { exposure }),
  })
  return {
    name: 'accounts',
    basePath: spec.basePath,
    upstream: 'http://127.0.0.1:9080',
    template: 'ais',
    spec,
    objective: computeObjective(profile, { approval: null }),
    audit: null,
    degraded: false,
    issuers: null,
    permissions: {},
    owner: null,
    class: null,
    rules: [],
    operations: {},
    place: placeAt(10),
    templatePlace: placeAt(13, 15),
    ...words,
  }
}

export function policySource(
  apis: readonly ApiPolicySource[],
  mandate: readonly RuleChange[] = [],
  issuers: readonly string[] = [ISSUER],
): PolicySource {
  return {
    issuers: issuers.map((issuer) => ({
      issuer,
      audiences: ['https://api.bank.example'],
      algorithms: ['PS256'],
      types: ['at+jwt'],
      jwks: { file: 'jwks.json' },
      claims: {
        client: 'client_id',
        subject: 'sub',
        consent: 'consent_id',
        scope: 'scope',
        grant: 'grant_id',
        sca: 'sca',
      },
      clockSkewSeconds: 10,
    })),
    mandate,
    apis,
    regex: linearRegex,
  }
}
