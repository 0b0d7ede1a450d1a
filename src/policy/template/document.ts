/**
 * The form of a template, format 1: plain JSON, linked by name, version and digest, never copied into an API. A reader refuses what
 * it does not know: a template with a word too many is no template.
 */
import type { Role } from '../../controls/index.ts'
import type { Mode } from '../../decide/index.ts'
import { isJsonObject, type JsonObject, type JsonValue, type Result } from '../../lib/index.ts'
import { checkParam, type ParamKind, type ParamValue } from '../rules/param-kinds.ts'
import { RULE_NAMES, ruleSpec } from '../rules/vocabulary.ts'

export interface TemplateDocument {
  readonly format: 1
  readonly name: string
  /** `major.minor.patch` */
  readonly version: string
  readonly title: string
  readonly level: 'profile'
  /** Roles of the APIs it is meant for. */
  readonly roles: readonly Role[]
  /** Operations outside are denied, whatever the specification says. */
  readonly serves: {
    readonly methods: readonly string[]
    readonly notRoles: readonly Role[]
    /** What a client does for itself, beside what the template is for: make and read its consents, have them authorised. */
    readonly also?: readonly ClientsAct[]
    /** Nothing but these resources. */
    readonly only?: 'consents' | 'authorization-server'
  }
  readonly audit: 'strict' | 'buffered'
  readonly feedAllowanceMs: number
  /** An API may be marked `degraded`. */
  readonly degradable: boolean
  /** Where the meaning of permissions and objects comes from, first that recognises the specification. Empty: no consent. */
  readonly permissionDialects: readonly DialectName[]
  readonly rules: Readonly<Record<string, TemplateRule>>
}

export const CLIENTS_ACTS = ['consents', 'authorisations'] as const
export type ClientsAct = (typeof CLIENTS_ACTS)[number]
export const DIALECT_NAMES = ['uk-obie-v4', 'payments', 'generic'] as const
export type DialectName = (typeof DIALECT_NAMES)[number]

export interface TemplateRule {
  readonly mode: Mode
  /** Percent of requests that enforce. */
  readonly fraction?: number
  readonly params: Readonly<Record<string, ParamValue>>
  /** How far a lower level may loosen: to this mode, and to these values. Nothing stated: not at all. */
  readonly bounds?: {
    readonly mode?: Mode
    readonly params?: Readonly<Record<string, ParamValue>>
  }
}

const MEMBERS = [
  'format',
  'name',
  'version',
  'title',
  'level',
  'roles',
  'serves',
  'audit',
  'feedAllowanceMs',
  'degradable',
  'permissionDialects',
  'rules',
]
const MODES: readonly unknown[] = ['off', 'observe', 'enforce']
export const MAX_FEED_ALLOWANCE_MS = 3_600_000

/** The document if it is a template of format 1, or the first thing that is wrong with it. */
export function parseTemplate(value: JsonValue): Result<TemplateDocument, string> {
  const fault = isJsonObject(value) ? faultOf(value) : 'a template is an object'
  return fault === undefined
    ? { ok: true, value: value as unknown as TemplateDocument } // sound: faultOf saw every member
    : { ok: false, error: fault }
}

function faultOf(value: JsonObject): string | undefined {
  const { serves, rules, feedAllowanceMs } = value
  const unknown = Object.keys(value).find((key) => !MEMBERS.includes(key))
  if (unknown !== undefined) return `unknown member ${JSON.stringify(unknown)}`
  const text = (key: string, pattern: RegExp): boolean =>
    typeof value[key] === 'string' && pattern.test(value[key])
  if (value['format'] !== 1) return 'format must be 1'
  if (!text('name', /^[a-z][a-z0-9-]{0,63}$/)) return 'name must be lower-case words joined by -'
  if (!text('version', /^\d{1,5}\.\d{1,5}\.\d{1,5}$/)) return 'version must be major.minor.patch'
  if (!text('title', /^.{1,200}$/)) return 'title must be one line'
  if (value['level'] !== 'profile') return 'level must be profile'
  if (!text('audit', /^(strict|buffered)$/)) return 'audit must be strict or buffered'
  if (typeof value['degradable'] !== 'boolean') return 'degradable must be true or false'
  if (
    typeof feedAllowanceMs !== 'number' ||
    !(feedAllowanceMs > 0 && feedAllowanceMs <= MAX_FEED_ALLOWANCE_MS)
  )
    return `feedAllowanceMs must be from 1 to ${MAX_FEED_ALLOWANCE_MS}`
  if (!isWords(value['roles']) || !isWords(value['permissionDialects']))
    return 'roles and permissionDialects must be lists of words'
  if (!isJsonObject(serves) || !isWords(serves['methods']) || !isWords(serves['notRoles']))
    return 'serves must name methods and notRoles'
  if (!isJsonObject(rules)) return 'rules must be an object'
  // INVARIANT: the levels below start from a word about tokens, so that what they add cannot be looser than silence.
  const said = rules['authz.default']
  if (!Object.hasOwn(rules, 'authz.default') || !isJsonObject(said) || said['mode'] !== 'enforce')
    return 'rules must enforce authz.default'
  for (const [name, rule] of Object.entries(rules)) {
    const wrong = ruleFault(name, rule)
    if (wrong !== undefined) return `rule ${name}: ${wrong}`
  }
  return undefined
}

function ruleFault(name: string, rule: JsonValue): string | undefined {
  const spec = ruleSpec(name)
  if (spec === undefined) return `unknown; there are ${RULE_NAMES.join(', ')}`
  if (!isJsonObject(rule)) return 'must be an object'
  const { mode, fraction, params, bounds } = rule
  if (!MODES.includes(mode)) return 'mode must be off, observe or enforce'
  if (fraction !== undefined && !(typeof fraction === 'number' && fraction >= 0 && fraction <= 100))
    return 'fraction must be a percentage'
  if (!isJsonObject(params)) return 'params must be an object'
  if (bounds !== undefined && !isJsonObject(bounds)) return 'bounds must be an object'
  if (bounds?.['mode'] !== undefined && !MODES.includes(bounds['mode'])) return 'bounds.mode'
  const limits = bounds?.['params'] ?? {}
  if (!isJsonObject(limits)) return 'bounds.params must be an object'
  for (const [words, of] of [
    [params, (kind: ParamKind) => kind],
    [limits, limitKind],
  ] as const)
    for (const [key, value] of Object.entries(words)) {
      const known = spec.params.get(key)
      if (known === undefined) return `no parameter ${key}`
      const checked = checkParam(of(known.kind), value)
      if (!checked.ok) return `${key} must be ${checked.allowed}`
    }
  return undefined
}

/** A bound of a name is the list of names that may replace it. */
function limitKind(kind: ParamKind): ParamKind {
  return kind.kind === 'fixed' ? { kind: 'superset' } : kind
}

function isWords(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.every((word) => typeof word === 'string')
}
