/**
 * The template that a specification alone suggests, with what in it tells so: roles of the operations, each found by path, scope, tag
 * or message. What nothing tells of gets the template that guards most of what customers have, never the one that guards nothing.
 */
import { dataClass } from '../controls/index.ts'
import type { ImportedSpec, OperationRecord } from '../inventory/index.ts'
import { needsIssuer, templatePurpose } from '../policy/index.ts'
import { installationTemplates } from './own-templates.ts'

export interface Suggestion {
  readonly template: string
  /** What tells so, most telling first: `path segment \`payments\` (12 operations)`. */
  readonly why: readonly string[]
  /** Operations that this template leaves denied, by the template that is for them. */
  readonly others: readonly { readonly template: string; readonly operations: number }[]
  /** Whether the template asks for access tokens. */
  readonly checksTokens: boolean
}

const OPEN = 'open-data'
/** Where nothing tells what an API is for. */
const GUARDED = 'ais'
/** Reasons shown. */
const SHOWN = 3

export function suggestTemplate(spec: ImportedSpec): Suggestion {
  const { operations } = spec
  if (isOpen(operations))
    return {
      template: OPEN,
      why: ['no operation asks for a token, and nothing in the messages is about a person'],
      others: [],
      checksTokens: false,
    }
  const ranked = installationTemplates([])
    .templates.filter(({ document }) => document.name !== OPEN)
    .map(({ document }) => {
      const purpose = templatePurpose(`${document.name}@${document.version}`)
      const meant = purpose.meant(operations)
      return { document, purpose, meant, fit: purpose.fits(spec) }
    })
    .filter(({ fit }) => fit !== 'other')
    // Of two that serve as much, the one that knows the scheme.
    .toSorted(
      (a, b) =>
        b.meant.length - a.meant.length || Number(b.fit === 'own') - Number(a.fit === 'own'),
    )
  const [best] = ranked
  if (best === undefined || best.meant.length === 0)
    return {
      template: GUARDED,
      why: [
        'neither path, scope, tag nor message tells what it is for: choose another, or give `roles`',
      ],
      others: [],
      checksTokens: true,
    }
  const others: { template: string; operations: number }[] = []
  let left = operations.filter((one) => !best.purpose.serves(one))
  for (const { document, purpose } of ranked) {
    const theirs = new Set(purpose.meant(left))
    if (theirs.size === 0) continue
    others.push({ template: document.name, operations: theirs.size })
    left = left.filter((one) => !theirs.has(one))
  }
  return {
    template: best.document.name,
    why: reasonsOf(best.meant, best.purpose.roles),
    others,
    checksTokens: needsIssuer(best.document),
  }
}

/** Nothing asks for a token and nothing looks personal; anything else is guarded until somebody says otherwise. */
function isOpen(operations: readonly OperationRecord[]): boolean {
  const guarded = operations.some((one) =>
    (one.security ?? []).some((way) => Object.keys(way).length > 0),
  )
  const personal = operations.some((one) =>
    one.dataClasses.some((item) => dataClass(item.dataClass)?.personal === true),
  )
  // What is the bank's own, or a partner's, may be as open as it says; what a customer or an operator does may not.
  const roles = ['open-data', 'partner']
  return !guarded && !personal && operations.every((one) => roles.includes(one.role))
}

/** What is of the template's own role tells more than what clients do on the way there. */
function reasonsOf(
  operations: readonly OperationRecord[],
  roles: readonly string[],
): readonly string[] {
  const counts = new Map<string, { count: number; own: boolean }>()
  for (const { role, roleReason = role } of operations) {
    const { count = 0, own = false } = counts.get(roleReason) ?? {}
    counts.set(roleReason, { count: count + 1, own: own || roles.includes(role) })
  }
  return [...counts]
    .toSorted(([, a], [, b]) => Number(b.own) - Number(a.own) || b.count - a.count)
    .slice(0, SHOWN)
    .map(
      ([reason, { count }]) => `${reason} (${count} ${count === 1 ? 'operation' : 'operations'})`,
    )
}
