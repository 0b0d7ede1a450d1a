/**
 * What a bank writes down: rules with their modes and parameters, for two APIs. The gateway gets it as templates and a mandate; the model
 * reads it as it stands. Every parameter is stated, so that nobody's default has a say.
 */
export type Mode = 'off' | 'observe' | 'enforce'

export interface RuleWord {
  readonly mode: Mode
  /** Percent. */
  readonly fraction?: number
  readonly params: Readonly<Record<string, unknown>>
}
export type RuleWords = Readonly<Record<string, RuleWord>>

export interface House {
  readonly number: number
  readonly accounts: RuleWords
  readonly payments: RuleWords
  /** Rules that the organisation orders, enforced. */
  readonly mandate: readonly string[]
  readonly degraded: boolean
  readonly feedAllowanceMs: { readonly accounts: number; readonly payments: number }
}

export const ORIGIN = 'https://api.bank.example'
export const AUDIENCE = 'https://api.bank.example'
/** An `ES256` and an `EdDSA` issuer; a third one is trusted by nobody. */
export const ISSUERS = ['https://as.bank.example', 'https://as2.bank.example'] as const
export const CLOCK_SKEW_SECONDS = 10
export const BASE = {
  accounts: '/open-banking/v4.0/aisp',
  payments: '/open-banking/v4.0/pisp',
  atms: '/open-data',
  closed: '/closed',
} as const
export type ApiName = keyof typeof BASE

/** Whose pages may read answers about accounts. */
export const PAGE_ORIGIN = 'https://app.example'
export const PRESENCE = 'x-fapi-customer-ip-address'
export const UPSTREAM = 'http://127.0.0.1:9'
const RATES = {
  perClient: 100,
  perConsent: 60,
  perSubject: 90,
  perOperation: 70,
  burst: 16,
  windowSeconds: 10,
  cost: 1,
}

/** As strict as it gets: the first house, and what the others vary. */
function strict(api: 'accounts' | 'payments'): Record<string, RuleWord> {
  const enforce = (params: RuleWord['params'] = {}): RuleWord => ({ mode: 'enforce', params })
  return {
    'transport.tls': enforce({ minVersion: '1.2' }),
    'transport.mtls': enforce({ trustStores: ['qualified'], maxDepth: 2 }),
    'logging.redact': enforce({ queryDenied: ['pin', 'session_key'] }),
    'authz.default': enforce({ open: false }),
    'request.validation': enforce({
      undeclaredQuery: api === 'accounts' ? 'strip' : 'refuse',
      maxBodyBytes: 2_500,
      maxDepth: 6,
    }),
    'token.validation': enforce({ issuers: [...ISSUERS] }),
    'token.lifetime': enforce({ maxSeconds: 600 }),
    'token.senderConstrained': enforce({
      methods: ['mtls', 'dpop'],
      maxAgeSeconds: 60,
      maxAheadSeconds: 10,
      nonce: 'optional',
    }),
    'identity.clientStatus': enforce({ statuses: ['active'] }),
    'identity.clientCertificate.roles': enforce({ roles: [], registered: true }),
    'authz.operations': enforce({ scopes: [] }),
    'authz.consent': enforce({ statuses: ['AUTH', 'Authorised'] }),
    'authz.objects': enforce({ parameters: [] }),
    ...(api === 'payments' && {
      'request.signature': enforce({
        header: 'x-jws-signature',
        maxAgeSeconds: 300,
        trustAnchors: ['openbanking.org.uk'],
        unencoded: false,
      }),
    }),
    'sca.required': enforce({
      acr: ['urn:sca', 'urn:sca:strong'],
      maxAgeSeconds: 3_600,
      ...(api === 'accounts'
        ? { historyDays: 90, freshSeconds: 150, beyond: 'challenge' }
        : { outcome: 'linked' }),
    }),
    ...(api === 'payments' && {
      'sca.dynamicLinking': enforce({ free: [] }),
      'payment.idempotency': enforce({ header: 'x-idempotency-key', maxKeyLength: 40 }),
    }),
    rate: enforce(RATES),
    ...(api === 'accounts' && {
      'gateway.baseline': enforce({ corsOrigins: [PAGE_ORIGIN] }),
      'rate.unattended': enforce({ accesses: 4, presence: [PRESENCE], paging: ['page'] }),
    }),
    'response.fields': enforce({ freeForm: 'strip', drop: [] }),
    'response.errors': enforce(),
    'upstream.validation': enforce({ watchEvery: 1 }),
    'logging.audit': enforce({ interactionHeader: 'x-fapi-interaction-id', reads: 'buffered' }),
  }
}

/** May not be loosened: a closed API that only watches its tokens is open, and the compiler says so. */
const FIXED = ['authz.default', 'token.validation', 'token.lifetime', 'logging.audit']
const BEFORE_TOKEN = ['transport.tls', 'transport.mtls', 'logging.redact', 'request.validation']

/** The house of that number: 0 is strict in everything, the others are drawn. */
export function house(number: number, chance: () => number): House {
  const one = <T>(...list: readonly T[]): T => list[Math.floor(chance() * list.length)] as T // sound: never empty
  if (number === 0)
    return {
      number,
      accounts: strict('accounts'),
      payments: strict('payments'),
      mandate: [],
      degraded: false,
      feedAllowanceMs: { accounts: 300_000, payments: 60_000 },
    }
  const minVersion = one('1.2', '1.3')
  const vary = (name: string, word: RuleWord): RuleWord => {
    const mode = FIXED.includes(name) || chance() < 0.72 ? word.mode : one<Mode>('observe', 'off')
    const fraction =
      mode === 'enforce' && ![...FIXED, ...BEFORE_TOKEN].includes(name) && chance() < 0.08
        ? { fraction: one(25, 50) }
        : {}
    return { mode, ...fraction, params: params(name, word.params) }
  }
  const params = (name: string, is: RuleWord['params']): RuleWord['params'] => {
    switch (name) {
      case 'transport.tls':
        return { minVersion }
      case 'transport.mtls':
        return { trustStores: one(['qualified'], ['qualified', 'partners']), maxDepth: one(1, 2) }
      case 'request.validation':
        return { ...is, undeclaredQuery: one('strip', 'refuse', 'pass'), maxDepth: one(5, 6, 12) }
      case 'token.validation':
        return { issuers: one([...ISSUERS], [ISSUERS[0]]) }
      case 'token.lifetime':
        return { maxSeconds: one(300, 600) }
      case 'token.senderConstrained':
        return {
          methods: one(['mtls', 'dpop'], ['mtls', 'dpop'], ['mtls'], ['dpop']),
          maxAgeSeconds: one(30, 60),
          maxAheadSeconds: one(0, 10),
          nonce: one('optional', 'optional', 'required'),
        }
      case 'identity.clientCertificate.roles':
        return { roles: one([], ['PSP_AI']), registered: one(true, true, false) }
      case 'authz.operations':
        return { scopes: one([], ['fapi']) }
      case 'authz.consent':
        return { statuses: one(['AUTH'], ['AUTH', 'Authorised']) }
      case 'request.signature':
        return { ...is, maxAgeSeconds: one(120, 300), unencoded: one(true, false) }
      case 'sca.required':
        return {
          ...one<RuleWord['params']>(
            { acr: ['urn:sca'], maxAgeSeconds: 1_800 },
            { acr: ['urn:sca', 'urn:sca:strong'] },
            { maxAgeSeconds: 3_600 },
          ),
          ...(!('historyDays' in is) && { outcome: one('any', 'stated', 'linked', 'linked') }),
          ...('historyDays' in is && {
            historyDays: one(90, 30),
            freshSeconds: one(150, 300),
            beyond: one('challenge', 'cut'),
          }),
        }
      case 'rate':
        return one<RuleWord['params']>(
          RATES,
          { burst: 12, windowSeconds: 4, cost: 1 },
          {
            perConsent: 60,
            windowSeconds: 5,
            cost: 3,
          },
        )
      case 'rate.unattended':
        return { ...is, accesses: one(4, 6) }
      case 'sca.dynamicLinking':
        return { free: one<string[]>([], ['remittance'], ['endToEndId', 'creditorName']) }
      default:
        return is
    }
  }
  const varied = (api: 'accounts' | 'payments'): RuleWords =>
    Object.fromEntries(Object.entries(strict(api)).map(([name, word]) => [name, vary(name, word)]))
  return {
    number,
    accounts: varied('accounts'),
    payments: varied('payments'),
    mandate: one<readonly string[]>(
      [],
      ['identity.clientStatus'],
      ['transport.tls', 'token.senderConstrained'],
    ),
    degraded: chance() < 0.4,
    feedAllowanceMs: { accounts: one(120_000, 300_000), payments: 60_000 },
  }
}
