import type { ActiveApi } from '../../decide/index.ts'
import type { ApiPolicySource } from '../contract.ts'
import type { MergedRule } from '../merge/merged-rule.ts'

/** Parameters of a rule in one line that a person reads. */
export function summarise(
  rule: MergedRule,
  source: ApiPolicySource,
  api: ActiveApi | undefined,
): string {
  const words = (name: string): string => {
    const value = rule.params.get(name)
    return Array.isArray(value) ? value.join(', ') : String(value)
  }
  const of = (name: string): number => Number(rule.params.get(name))
  switch (rule.rule) {
    case 'authz.default':
      return rule.params.get('open') === true ? 'open to anybody' : 'a token is needed'
    case 'logging.redact':
      return `never in a query: ${words('queryDenied')}`
    case 'request.validation':
      return `undeclared query parameters: ${words('undeclaredQuery')}; bodies up to ${of('maxBodyBytes')} bytes, ${of('maxDepth')} deep`
    case 'request.fields':
      return `nothing undeclared in bodies${rule.params.get('query') === true ? ' and queries' : ''}${words('extensions') === '' ? '' : `, but names that begin with ${words('extensions')}`}`
    case 'token.validation':
      return `issuers: ${issuersOf(api).join(', ') || 'none'}`
    case 'token.lifetime': {
      const own = of('maxSeconds')
      const objective = source.objective.protection['accessTokenMaxSeconds'] ?? null
      return objective !== null && objective < own
        ? `at most ${objective} s, as the objectives ask; the policy alone allows ${own} s`
        : `at most ${own} s`
    }
    case 'transport.tls':
      return `TLS ${words('minVersion')} or newer`
    case 'transport.mtls':
      return `client certificate of ${rule.params.get('trustStores') === null ? 'any trust store of the listener' : words('trustStores')}, at most ${of('maxDepth')} authorities deep`
    case 'token.senderConstrained':
      return `tokens bound by ${words('methods')}`
    case 'identity.clientCertificate.roles':
      return `PSD2 role of the operation${words('roles') === '' ? '' : ` and ${words('roles')}`}${rule.params.get('registered') === true ? ', of the organisation that the feed names' : ''}`
    case 'identity.clientStatus':
      return `clients that are ${words('statuses')}`
    case 'authz.operations':
      return scopeSummary(words('scopes'), api)
    case 'authz.consent':
      return `statuses in force: ${words('statuses')}; ${mappedOf(api)}`
    case 'authz.objects':
      return `accounts named in path, query and headers are the consent's, customers the token's${words('parameters') === '' ? '' : `; also ${words('parameters')}`}`
    case 'request.signature':
      return signatureSummary(
        words('header'),
        of('maxAgeSeconds'),
        words('trustAnchors'),
        words('httpSignature'),
        words('answers'),
      )
    case 'sca.required':
      return `${outcomeWords(rule)}acr ${words('acr') || 'of any kind'}, ${rule.params.get('maxAgeSeconds') === null ? 'however long ago' : `at most ${of('maxAgeSeconds')} s ago`}${historyWords(rule)}`
    case 'sca.dynamicLinking':
      return linkedOf(api, words('free'))
    case 'payment.idempotency':
      return `keys of at most ${of('maxKeyLength')} characters, once in 24 hours`
    case 'rate':
      return rateSummary(rule)
    case 'rate.unattended':
      return `${of('accesses')} accesses to an account in 24 hours without the customer (${words('presence')}), more where agreed`
    case 'response.fields':
      return `declared and consented fields only; free-form members: ${words('freeForm')}${words('drop') === '' ? '' : `; never ${words('drop')}`}`
    case 'gateway.baseline':
      return `pages that may read answers: ${words('corsOrigins') || 'none'}`
    case 'response.errors':
      return 'problem documents instead of upstream errors that are undeclared or tell too much'
    case 'upstream.validation':
      return 'answers are what the specification says'
    case 'logging.audit':
      return `writes recorded strict, reads ${words('reads')}; interaction id in ${words('interactionHeader')}`
    case 'egress.allowlist': {
      const told = (name: string, any: string): string =>
        (rule.params.get(name) ?? null) === null ? any : words(name) || 'none'
      return `calls go to ${told('hosts', 'any host')} in ${told('networks', 'public networks')}, ports ${told('ports', 'of any number')}`
    }
    case 'upstream.tls':
      return words('mode') === 'mutual'
        ? 'the bank API is called over TLS, and each side shows a certificate'
        : 'the bank API is called over TLS, and its certificate names it'
    case 'upstream.resilience':
      return `connect ${of('connectTimeoutMs')} ms, headers ${of('headersTimeoutMs')} ms, body ${of('bodyTimeoutMs')} ms, at most ${of('maxResponseBytes')} bytes`
    default:
      return rule.rule satisfies never
  }
}

const PER: readonly (readonly [param: string, of: string])[] = [
  ['perClient', 'a client'],
  ['perConsent', 'a consent'],
  ['perSubject', 'a customer'],
  ['perOperation', 'an operation'],
]

function rateSummary({ params }: MergedRule): string {
  const limits = PER.flatMap(([param, of]) => {
    const limit = params.get(param) ?? null
    return limit === null ? [] : [`${String(limit)} for ${of}`]
  })
  const burst = params.get('burst') ?? null
  const within = `${limits.join(', ') || 'any number'} within ${String(params.get('windowSeconds'))} s`
  const bursts = burst === null ? '' : `; at most ${String(burst)} of a client within a second`
  return `${within}${bursts}; a request counts ${String(params.get('cost'))}`
}

function issuersOf(api: ActiveApi | undefined): readonly string[] {
  return (
    api?.rules.flatMap((rule) => (rule.name === 'token.validation' ? rule.params.issuers : [])) ??
    []
  )
}

function signatureSummary(
  header: string,
  seconds: number,
  anchors: string,
  http: string,
  answers: string,
): string {
  const seals = http === 'ignored' ? '' : `; HTTP signatures by qualified seals, ${http}`
  return `detached JWS in ${header}, at most ${seconds} s old, under ${anchors}${seals}; answers ${answers}`
}

function scopeSummary(always: string, api: ActiveApi | undefined): string {
  if (api === undefined)
    return always === '' ? 'scopes as declared' : `scopes as declared; always ${always}`
  const sets = new Set(
    api.rules.flatMap((rule) =>
      rule.name === 'authz.operations' ? rule.params.anyOf.map((scopes) => scopes.join(' ')) : [],
    ),
  )
  sets.delete('')
  const declared =
    sets.size === 0
      ? 'no scopes declared: any token of a trusted issuer, together with its consent'
      : `scopes as declared: ${[...sets].join(' | ')}`
  return always === '' ? declared : `${declared}; always ${always}`
}

function outcomeWords({ params }: MergedRule): string {
  const outcome = params.get('outcome')
  if (outcome === 'any') return ''
  return `payments with a code or an exemption${outcome === 'linked' ? ' of their own' : ''}; `
}

function historyWords({ params }: MergedRule): string {
  const fresh = `authenticated within ${Number(params.get('freshSeconds'))} s`
  const days = params.get('historyDays') ?? null
  const then = params.get('beyond') === 'cut' ? 'older rows stay behind' : 'older days are refused'
  const which = params.get('freshFor')
  return [
    days === null ? '' : `; unless ${fresh}, ${Number(days)} days back: ${then}`,
    which === 'none' ? '' : `; ${which === 'all' ? 'always' : 'other data'}: ${fresh}`,
  ].join('')
}

function linkedOf(api: ActiveApi | undefined, free: string): string {
  if (api === undefined) return 'the API is closed'
  const linked = api.operations.filter(({ rules }) =>
    rules.some((index) => api.rules[index]?.name === 'sca.dynamicLinking'),
  ).length
  return `${linked} operations pay only what was authenticated${free === '' ? '' : `; may be added: ${free}`}`
}

function mappedOf(api: ActiveApi | undefined): string {
  if (api === undefined) return 'the API is closed'
  const denied = api.operations.filter(({ rules }) =>
    rules.some((index) => {
      const rule = api.rules[index]
      return rule?.name === 'authz.consent' && rule.params.unmapped
    }),
  ).length
  const mapped = api.operations.length - denied
  return `${mapped} operations mapped to permissions${denied === 0 ? '' : `, ${denied} denied`}`
}
