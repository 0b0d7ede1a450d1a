/** For each rule a request that only this rule refuses, and the table of modes: used with and without the kill switch. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Facts, Level, Mode, RuleName } from '../../src/decide/index.ts'
import type { ErrorCode } from '../../src/lib/index.ts'
import { CONSENT, goodFacts, NOW_SECONDS, TOKEN } from './bank-plan.ts'

/** One request for each rule that only that rule refuses: every other rule is off. */
export const BREACHES: Readonly<
  Partial<Record<RuleName, readonly [code: ErrorCode, facts: Facts]>>
> = {
  'logging.redact': ['GH_GATEWAY_TOKEN_IN_QUERY', goodFacts('/accounts?iban=x')],
  'request.validation': ['GH_GATEWAY_REQUEST_INVALID', goodFacts('/accounts?page=0')],
  'authz.default': [
    'GH_GATEWAY_TOKEN_MISSING',
    goodFacts('/accounts/22289', { token: { kind: 'absent' } }),
  ],
  'token.validation': [
    'GH_GATEWAY_TOKEN_TYPE',
    goodFacts('/accounts/22289', { token: { ...TOKEN, type: 'jwt' } }),
  ],
  'token.lifetime': [
    'GH_GATEWAY_TOKEN_LIFETIME',
    goodFacts('/accounts/22289', { token: { ...TOKEN, issuedAt: NOW_SECONDS - 3_301 } }),
  ],
  'identity.clientStatus': [
    'GH_GATEWAY_CLIENT_INACTIVE',
    goodFacts('/accounts/22289', { client: { kind: 'known', id: 'tpp-1', status: 'suspended' } }),
  ],
  'authz.operations': [
    'GH_GATEWAY_SCOPE_MISSING',
    goodFacts('/accounts/22289', { token: { ...TOKEN, scopes: new Set(['openid']) } }),
  ],
  'authz.consent': [
    'GH_GATEWAY_CONSENT_INACTIVE',
    goodFacts('/accounts/22289', { consent: { ...CONSENT, revoked: true } }),
  ],
  'authz.objects': ['GH_GATEWAY_OBJECT_FORBIDDEN', goodFacts('/accounts/99999')],
}

export interface ModeRow {
  readonly text: string
  readonly mode: Mode
  readonly share: number | undefined
  readonly level: Level
  readonly bucket: number
  readonly want: string
}

export const MODE_ROWS: readonly ModeRow[] = readFileSync(
  join(import.meta.dirname, 'modes.case'),
  'utf8',
)
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((text) => {
    const [given = '', want = ''] = text.split(' => ')
    const [mode, share, level, bucket] = given.split(' ')
    return {
      text,
      share: share === '-' ? undefined : Number(share),
      bucket: Number(bucket),
      want,
      // Sound: the rows hold words of these types, or the plan would be refused.
      mode: mode as Mode,
      level: level as Level,
    }
  })
