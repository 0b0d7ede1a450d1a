/** The role of an operation, with the word that tells it. */
import type { Role } from '../../controls/index.ts'
import type { DeclaredOperation } from '../openapi/operation.ts'
import type { DataClassEvidence } from '../records.ts'
import { FACETS, ROLE_BY_CLASS, ROLE_RULES, type RoleRule } from './role-rules.ts'
import { matchesAny, wordPattern, type WordPattern, wordsOf } from './words.ts'

export interface RoleFound {
  readonly role: Role
  readonly reason: string
}

/** An operation beside scopes that its document names outside `security`. */
export interface RoleSubject {
  readonly operation: DeclaredOperation
  readonly extensionScopes: readonly string[]
  readonly internal: boolean
}

interface Clues {
  readonly segments: readonly string[]
  readonly resource: string
  readonly tags: readonly string[]
  readonly scopes: readonly string[]
  readonly open: boolean
  readonly written: boolean
  readonly safe: boolean
}

const pattern = (text: string): readonly WordPattern[] => text.split(', ').map(wordPattern)
const FACET = pattern(FACETS)
const TABLE = ROLE_RULES.map((rule) => ({
  rule,
  segment: pattern(rule.segment ?? ''),
  resource: pattern(rule.resource ?? ''),
  first: pattern(rule.first ?? ''),
  tag: pattern(rule.tag ?? ''),
  scope: pattern(rule.scope ?? ''),
}))
/** `v1`, `open-banking`, `api`: they name no resource. */
const PREFIX = /^(v\d+(\.\d+)*|api|open-?banking|banking|psd2|aisp|pisp|cbpii)$/i
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The families of a document that somewhere take a write: the first fixed segments of its paths. */
export function writtenFamilies(subjects: readonly RoleSubject[]): ReadonlySet<string> {
  return new Set(
    subjects
      .filter(({ operation, extensionScopes }) => {
        const reads = extensionScopes.some((scope) => wordsOf(scope).includes('read'))
        return !SAFE.has(operation.method) && !reads
      })
      .map(({ operation }) => segmentsOf(operation.path)[0] ?? ''),
  )
}

/** The role that path, tags, scopes and security tell, if they do. */
export function declaredRole(
  subject: RoleSubject,
  families: ReadonlySet<string>,
): RoleFound | undefined {
  if (subject.internal) return { role: 'internal', reason: '`x-internal`' }
  const clues = cluesOf(subject, families)
  for (const row of TABLE) {
    const reason = holds(row, clues)
    if (reason !== undefined) return { role: row.rule.role, reason }
  }
  return undefined
}

/** The role that the messages tell, where nothing else does. */
export function roleByData(
  { operation }: RoleSubject,
  dataClasses: readonly DataClassEvidence[],
): RoleFound {
  const classes = new Set(dataClasses.map((item) => item.dataClass))
  for (const [name, role] of ROLE_BY_CLASS)
    if (classes.has(name)) return { role, reason: `data class ${name}` }
  const open = operation.security === null || operation.security.length === 0
  if (classes.has('public-reference') && open)
    return { role: 'open-data', reason: 'only public reference data, and no security declared' }
  // Nothing is known of it: not open to anybody, and not among the regulated roles either.
  return { role: 'partner', reason: 'no clue in path, tag, scope or data' }
}

function cluesOf(
  { operation, extensionScopes }: RoleSubject,
  families: ReadonlySet<string>,
): Clues {
  const segments = segmentsOf(operation.path)
  const schemes = operation.security ?? []
  const scopes = [...schemes.flatMap((set) => Object.values(set).flat()), ...extensionScopes]
  return {
    segments,
    // A facet of nothing, as `/status`, is a resource itself.
    resource:
      segments.findLast((segment) => !matchesAny(FACET, wordsOf(segment))) ?? segments.at(-1) ?? '',
    tags: operation.tags,
    scopes,
    open:
      extensionScopes.length === 0 &&
      (schemes.length === 0 || schemes.some((set) => Object.keys(set).length === 0)),
    written: families.has(segments[0] ?? ''),
    safe: SAFE.has(operation.method),
  }
}

/** Fixed segments, and names of parameters that stand first: `/{payment-service}/…` is about payments. */
function segmentsOf(path: string): readonly string[] {
  const all = path.split('/').filter((segment) => segment !== '' && !PREFIX.test(segment))
  const fixed = all.filter((segment) => !segment.includes('{'))
  return all[0]?.includes('{') === true ? [all[0], ...fixed] : fixed
}

/** The reason if every condition of the row holds. */
function holds(row: (typeof TABLE)[number], clues: Clues): string | undefined {
  const { rule } = row
  if (rule.open === true && !clues.open) return undefined
  if (rule.written === true && !clues.written) return undefined
  if (rule.safe === true && !clues.safe) return undefined
  let reason: string | undefined
  const clue = (
    name: keyof RoleRule,
    among: readonly string[],
    words: readonly WordPattern[],
  ): boolean => {
    if (rule[name] === undefined) return true
    const hit = among.find((text) => matchesAny(words, wordsOf(text)))
    if (hit !== undefined) reason ??= `${LABEL[name] ?? name} \`${hit.slice(0, 80)}\``
    return hit !== undefined
  }
  return clue('segment', clues.segments, row.segment) &&
    clue('resource', [clues.resource], row.resource) &&
    clue('first', clues.segments.slice(0, 1), row.first) &&
    clue('tag', clues.tags, row.tag) &&
    clue(
      'scope',
      clues.scopes.filter((scope) => !scope.includes('{')),
      row.scope,
    )
    ? reason
    : undefined
}

const LABEL: Readonly<Partial<Record<keyof RoleRule, string>>> = {
  segment: 'path segment',
  resource: 'path segment',
  first: 'path segment',
}
