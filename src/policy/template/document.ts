/**
 * The form of a template, format 1: plain JSON, linked by name, version and digest, never copied into an API. A reader refuses what
 * it does not know: a template with a word too many is no template.
 */
import { enumerations, type Role } from '../../controls/index.ts'
import type { Mode } from '../../decide/index.ts'
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  nearest,
  type PaymentMapping,
  type Result,
} from '../../lib/index.ts'
import { readBound } from '../rules/bounds.ts'
import { at, type TemplateFault } from './fault.ts'
import { paymentsFault } from './payments.ts'
import { checkParam, type ParamValue } from '../rules/param-kinds.ts'
import { RULE_NAMES, ruleSpec } from '../rules/vocabulary.ts'

export interface TemplateDocument {
  readonly format: 1
  readonly name: string
  /** `major.minor.patch` */
  readonly version: string
  readonly title: string
  readonly level: 'profile'
  /** What its numbers and words come from; absent: it follows no scheme. */
  readonly sources?: readonly TemplateSource[]
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
  /** Where bodies say what is paid, by scheme: the first whose places a body's schema declares. */
  readonly payments?: readonly PaymentMapping[]
  readonly rules: Readonly<Record<string, TemplateRule>>
}

/** A document, and whether its text was read for it: what nobody has checked is never shown as law. */
export interface TemplateSource {
  readonly title: string
  readonly version: string
  readonly clauses: string
  readonly checked: 'text' | 'unchecked'
}

export const CLIENTS_ACTS = ['consents', 'authorisations'] as const
export type ClientsAct = (typeof CLIENTS_ACTS)[number]
export const DIALECT_NAMES = [
  'uk-obie-v4',
  'berlin-group-1.3',
  'berlin-group-payments',
  'cdr-banking',
  'brazil-payments',
  'payments',
  'generic',
] as const
export type DialectName = (typeof DIALECT_NAMES)[number]

export interface TemplateRule {
  readonly mode: Mode
  /** Percent of requests that enforce. */
  readonly fraction?: number
  readonly params: Readonly<Record<string, ParamValue>>
  /** How far a lower level may loosen: to this mode, and to these values. Nothing stated: not at all. */
  readonly bounds?: {
    readonly mode?: Mode
    /** The loosest value, or `{ min, max }` of a number. */
    readonly params?: Readonly<
      Record<string, ParamValue | { readonly min?: number; readonly max?: number }>
    >
  }
}

const MEMBERS = [
  'format',
  'name',
  'version',
  'title',
  'level',
  'sources',
  'roles',
  'serves',
  'audit',
  'feedAllowanceMs',
  'degradable',
  'permissionDialects',
  'payments',
  'rules',
]
/** What a template means by silence about a parameter of a rule that it has. */
export function paramByDefault(
  { audit }: Pick<TemplateDocument, 'audit'>,
  rule: string,
  param: string,
  fallback: ParamValue | null,
): ParamValue | null {
  return rule === 'logging.audit' && param === 'reads' ? audit : fallback
}

const MODES: readonly unknown[] = ['off', 'observe', 'enforce']
export const MAX_FEED_ALLOWANCE_MS = 3_600_000

/** The document if it is a template of format 1, or the first thing that is wrong with it. */
export function parseTemplate(value: JsonValue): Result<TemplateDocument, TemplateFault> {
  const fault = isJsonObject(value) ? faultOf(value) : at([], 'a template is an object')
  return fault === undefined
    ? { ok: true, value: value as unknown as TemplateDocument } // sound: faultOf saw every member
    : { ok: false, error: fault }
}

function faultOf(value: JsonObject): TemplateFault | undefined {
  const { rules, feedAllowanceMs } = value
  const unknown = Object.keys(value).find((key) => !MEMBERS.includes(key))
  if (unknown !== undefined)
    return at(
      [unknown],
      `unknown member ${JSON.stringify(unknown)}; there are ${MEMBERS.join(', ')}`,
    )
  for (const [key, pattern, form] of TEXTS) {
    const said = value[key]
    if (typeof said !== 'string' || !pattern.test(said)) return at([key], `${key} must be ${form}`)
  }
  if (value['format'] !== 1) return at(['format'], 'format must be 1')
  if (typeof value['degradable'] !== 'boolean')
    return at(['degradable'], 'degradable must be true or false')
  if (
    typeof feedAllowanceMs !== 'number' ||
    !(feedAllowanceMs > 0 && feedAllowanceMs <= MAX_FEED_ALLOWANCE_MS)
  )
    return at(['feedAllowanceMs'], `feedAllowanceMs must be from 1 to ${MAX_FEED_ALLOWANCE_MS}`)
  const words =
    wordsFault(value['roles'], ['roles'], enumerations().roles) ??
    wordsFault(value['permissionDialects'], ['permissionDialects'], DIALECT_NAMES) ??
    servesFault(value['serves']) ??
    sourcesFault(value['sources']) ??
    paymentsFault(value['payments'])
  if (words !== undefined) return words
  if (!isJsonObject(rules)) return at(['rules'], 'rules must be an object')
  // INVARIANT: the levels below start from a word about tokens, so that what they add cannot be looser than silence.
  const said = rules['authz.default']
  if (!Object.hasOwn(rules, 'authz.default') || !isJsonObject(said) || said['mode'] !== 'enforce')
    return at(['rules'], 'rules must enforce authz.default')
  for (const [name, rule] of Object.entries(rules)) {
    const wrong = ruleFault(name, rule)
    if (wrong !== undefined) return { ...wrong, path: ['rules', name, ...wrong.path] }
  }
  return undefined
}

const TEXTS: readonly (readonly [member: string, pattern: RegExp, form: string])[] = [
  ['name', /^[a-z][a-z0-9-]{0,63}$/, 'lower-case words joined by -'],
  ['version', /^\d{1,5}\.\d{1,5}\.\d{1,5}$/, 'major.minor.patch'],
  ['title', /^.{1,200}$/, 'one line'],
  ['level', /^profile$/, 'profile'],
  ['audit', /^(strict|buffered)$/, 'strict or buffered'],
]
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']
const SERVES: readonly string[] = ['methods', 'notRoles', 'also', 'only']

function servesFault(serves: JsonValue | undefined): TemplateFault | undefined {
  if (!isJsonObject(serves)) return at(['serves'], 'serves must name methods and notRoles')
  const unknown = Object.keys(serves).find((key) => !SERVES.includes(key))
  if (unknown !== undefined)
    return at(
      ['serves', unknown],
      `unknown member ${JSON.stringify(unknown)}; there are ${SERVES.join(', ')}`,
    )
  const { methods, notRoles, also, only } = serves
  if (only !== undefined && only !== 'consents' && only !== 'authorization-server')
    return at(['serves', 'only'], 'only must be consents or authorization-server')
  return (
    wordsFault(methods, ['serves', 'methods'], METHODS) ??
    wordsFault(notRoles, ['serves', 'notRoles'], enumerations().roles) ??
    (also === undefined ? undefined : wordsFault(also, ['serves', 'also'], CLIENTS_ACTS))
  )
}

const MAX_SOURCES = 32
const SOURCE_MEMBERS = ['title', 'version', 'clauses', 'checked']

function sourcesFault(sources: JsonValue | undefined): TemplateFault | undefined {
  if (sources === undefined) return undefined
  const sound =
    Array.isArray(sources) &&
    sources.length <= MAX_SOURCES &&
    (sources as readonly JsonValue[]).every(
      (one) =>
        isJsonObject(one) &&
        Object.keys(one).every((key) => SOURCE_MEMBERS.includes(key)) &&
        [one['title'], one['version'], one['clauses']].every(
          (text) => typeof text === 'string' && /^.{1,300}$/.test(text),
        ) &&
        (one['checked'] === 'text' || one['checked'] === 'unchecked'),
    )
  return sound
    ? undefined
    : at(
        ['sources'],
        `sources must be a list of at most ${MAX_SOURCES} of { title, version, clauses, checked: text or unchecked }`,
      )
}

function wordsFault(
  value: JsonValue | undefined,
  path: readonly string[],
  known: readonly string[],
): TemplateFault | undefined {
  if (!Array.isArray(value)) return at(path, `${path.join('.')} must be a list of words`)
  const wrong = value.find((word) => typeof word !== 'string' || !known.includes(word))
  return wrong === undefined
    ? undefined
    : at(path, `${path.join('.')} has ${JSON.stringify(wrong)}; the words are ${known.join(', ')}`)
}

function ruleFault(name: string, rule: JsonValue): TemplateFault | undefined {
  const spec = ruleSpec(name)
  if (spec === undefined) {
    const near = nearest(name, RULE_NAMES)
    return at(
      [],
      `there is no rule ${JSON.stringify(name)}; there are ${RULE_NAMES.join(', ')}${near === undefined ? '' : `. Did you mean ${near}?`}`,
    )
  }
  if (!isJsonObject(rule)) return at([], `rule ${name} must be an object`)
  const { mode, fraction, params, bounds, ...others } = rule
  const [other] = Object.keys(others)
  if (other !== undefined)
    return at([other], `unknown member ${JSON.stringify(other)} of rule ${name}`)
  if (!MODES.includes(mode)) return at(['mode'], 'mode must be off, observe or enforce')
  if (fraction !== undefined && !(typeof fraction === 'number' && fraction >= 0 && fraction <= 100))
    return at(['fraction'], 'fraction must be a percentage')
  if (!isJsonObject(params)) return at(['params'], 'params must be an object')
  if (bounds !== undefined && !isJsonObject(bounds))
    return at(['bounds'], 'bounds must be an object')
  if (bounds?.['mode'] !== undefined && !MODES.includes(bounds['mode']))
    return at(['bounds', 'mode'], 'bounds.mode must be off, observe or enforce')
  const limits = bounds?.['params'] ?? {}
  if (!isJsonObject(limits)) return at(['bounds', 'params'], 'bounds.params must be an object')
  for (const [where, words, check] of [
    [['params'], params, checkParam],
    [['bounds', 'params'], limits, readBound],
  ] as const)
    for (const [key, value] of Object.entries(words)) {
      const known = spec.params.get(key)
      if (known === undefined) return at([...where, key], `${name} has no parameter ${key}`)
      const checked = check(known.kind, value)
      if (!checked.ok) return at([...where, key], `${key} must be ${checked.allowed}`)
    }
  return undefined
}
