/**
 * What stands behind each rule: the codes that it refuses with, the tests in which each is seen, where requests that pass it are tried, the
 * clauses that its source names, and the templates that use it. Gathered from the repository, so that a rule without a test shows.
 */
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ruleReference } from '../../src/policy/index.ts'

export interface RuleEvidence {
  readonly name: string
  readonly control: string
  /** Clauses of standards, as the source says them. */
  readonly sources: readonly string[]
  readonly codes: readonly CodeEvidence[]
  /** Tests that drive requests past the rule. */
  readonly allowed: readonly string[]
  readonly templates: readonly string[]
}
export interface CodeEvidence {
  readonly code: string
  /** Files of golden cases and tests that expect it. */
  readonly files: readonly string[]
  /** Lines of golden cases that hold it. */
  readonly cases: number
  /** The generated requests must reach it (`test/model/reached.case`). */
  readonly generated: boolean
}

const ROOT = join(import.meta.dirname, '..', '..')
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const DATA = 'src/policy/template/data'
/** They name codes and rules, and try none. */
const LISTS = [
  'test/lib/published-codes.case',
  'test/model/reached.case',
  'test/docs/rule-evidence.test.ts',
]
/** Where requests are driven past rules, the nearest to the rules first. */
const DRIVEN = [
  'test/decide/',
  'test/gateway/',
  'src/decide/',
  'test/scenario/',
  'test/policy/',
  'src/',
]

/** What rules share is said once, by the rule that is about it. */
const SHARED: ReadonlyMap<string, string> = new Map([
  ['believed-token.ts', 'authz.default'],
  ['feed-age.ts', 'token.validation'],
  ['certificate-binding.ts', 'token.senderConstrained'],
  ['key-binding.ts', 'token.senderConstrained'],
])
/** Rules whose work is done outside their files, and what the work is refused with. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'response.fields': ['GH_GATEWAY_RESPONSE_REFUSED'],
  'response.errors': ['GH_GATEWAY_UPSTREAM_ERROR'],
  'upstream.validation': ['GH_GATEWAY_RESPONSE_INVALID'],
  'upstream.resilience': [
    'GH_GATEWAY_UPSTREAM_SUSPENDED',
    'GH_GATEWAY_UPSTREAM_TIMEOUT',
    'GH_GATEWAY_UPSTREAM_UNREACHABLE',
  ],
  'sca.dynamicLinking': [
    'GH_GATEWAY_PAYMENT_CONSENT_IN_DOUBT',
    'GH_GATEWAY_PAYMENT_CONSENT_IN_USE',
    'GH_GATEWAY_PAYMENT_CONSENT_UNAVAILABLE',
    'GH_GATEWAY_PAYMENT_CONSENT_USED',
  ],
  'logging.audit': ['GH_AUDIT_UNAVAILABLE'],
  rate: ['GH_GATEWAY_RATE_EXCEEDED'],
  'rate.unattended': ['GH_GATEWAY_QUOTA_UNAVAILABLE', 'GH_GATEWAY_UNATTENDED_EXCEEDED'],
  'egress.allowlist': ['GH_GATEWAY_EGRESS_REFUSED'],
  'upstream.tls': [
    'GH_GATEWAY_UPSTREAM_HANDSHAKE',
    'GH_GATEWAY_UPSTREAM_IDENTITY',
    'GH_GATEWAY_UPSTREAM_UNTRUSTED',
  ],
}
const CLAUSE =
  /RFC \d{4}(?: §[\d.]*\d)?|RTS Art\. \d+[a-z]?(?:\(\d\))*(?:\([a-z]\))*|OWASP API\d+:2023|ETSI TS \d{3} \d{3}|FAPI 2\.0|BCP 195|OBIE/g

/** In the order the rules run. */
export function ruleEvidence(): readonly RuleEvidence[] {
  const reached = reachedCodes()
  const tests = globSync(['{src,test,examples}/**/*.test.ts', '{src,test}/**/*.case'], {
    cwd: ROOT,
  })
    .filter((file) => !LISTS.includes(file))
    .toSorted()
    .map((file) => ({ file, lines: text(file) }))
  const templates = globSync(`${DATA}/*.json`, { cwd: ROOT }).toSorted()
  return ruleReference().map(({ name, control }) => {
    const sources = sourcesOf(name)
    const words = sources.map(text).join('\n')
    const own = [...words.matchAll(/GH_[A-Z]+_[A-Z_]+/g)].map(([code]) => code)
    const generated = reached.get(name) ?? new Set()
    const codes = [...new Set([...own, ...generated, ...(ELSEWHERE[name] ?? [])])].sort()
    const naming = tests.filter(({ lines }) => lines.includes(name)).map(({ file }) => file)
    return {
      name,
      control,
      sources: [...new Set([...words.matchAll(CLAUSE)].map(([clause]) => clause))].sort(),
      codes: codes.map((code) => {
        const word = new RegExp(`\\b${code.replace('GH_GATEWAY_', '(?:GH_GATEWAY_)?')}\\b`)
        const files = tests.filter(({ lines }) => word.test(lines) || inParts(code, lines))
        const cases = files
          .filter(({ file }) => file.endsWith('.case'))
          .flatMap(({ lines }) => lines.split('\n').filter((line) => word.test(line))).length
        return { code, files: files.map(({ file }) => file), cases, generated: generated.has(code) }
      }),
      allowed: DRIVEN.flatMap((folder) => naming.filter((file) => file.startsWith(folder))),
      templates: templates
        .filter((file) => text(file).includes(`"${name}"`))
        .map((file) => basename(file, '.json')),
    }
  })
}

/** Tests that cut a prefix off say the rest: `'GH_GATEWAY_SIGNATURE_'` here, `'DIGEST'` there. */
function inParts(code: string, lines: string): boolean {
  const words = code.split('_')
  return words.some((_, at) => {
    const [prefix, rest] = [words.slice(0, at).join('_'), words.slice(at).join('_')]
    return at > 1 && lines.includes(`'${prefix}_'`) && lines.includes(`'${rest}'`)
  })
}

/** The file of the rule, and what it alone uses beside it. */
function sourcesOf(name: string): readonly string[] {
  const list = text('src/decide/rules/list.ts')
  const identifier = new RegExp(`^ +'?${name}'?: (\\w+),`, 'm').exec(list)?.[1] ?? name
  const from = new RegExp(`rule as ${identifier} \\} from '\\./([^']+)'`).exec(list)?.[1] ?? ''
  const file = `src/decide/rules/${from}`
  const used = [...text(file).matchAll(/ from '(\.[^']+)'/g)].map(([, path = '']) =>
    join(dirname(file), path),
  )
  const mine = used.filter((path) => {
    const owner = SHARED.get(basename(path))
    return owner === undefined ? OWN.test(path) : owner === name
  })
  const shared = [...SHARED].flatMap(([path, owner]) =>
    owner === name ? [`src/decide/${path}`] : [],
  )
  return [...new Set([file, ...mine, ...shared])]
}
/** Modules beside a rule that hold part of its judgement. */
const OWN = /named-consents|request-body|parameters\.ts|rules\/[a-z-]+\.ts$/

function reachedCodes(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const line of text('test/model/reached.case').split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [rule = '', ...codes] = line.split(' ')
    const known = found.get(rule) ?? new Set()
    for (const code of codes) known.add(`GH_GATEWAY_${code}`)
    found.set(rule, known)
  }
  return found
}
