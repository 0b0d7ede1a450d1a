/** What another template, or another version of one, would change for whoever is linked to it. */
import { readBound, showBound } from '../rules/bounds.ts'
import { atLeastAsTight } from '../rules/param-kinds.ts'
import { ruleSpec } from '../rules/vocabulary.ts'
import { strength } from '../merge/merged-rule.ts'
import type { TemplateDocument, TemplateRule } from './document.ts'

export interface TemplateDifference {
  /** `audit`, `authz.consent mode`, `token.lifetime maxSeconds`, `token.lifetime bound of maxSeconds`. */
  readonly what: string
  readonly before: string
  readonly after: string
  readonly effect: 'tighter' | 'looser' | 'changed'
}

/** In the order of a template's members; nothing when both mean the same. */
export function diffTemplates(
  before: TemplateDocument,
  after: TemplateDocument,
): readonly TemplateDifference[] {
  const found: TemplateDifference[] = []
  const add = (
    what: string,
    was: unknown,
    is: unknown,
    effect: TemplateDifference['effect'],
  ): void => {
    if (show(was) !== show(is)) found.push({ what, before: show(was), after: show(is), effect })
  }
  const more = (
    was: readonly string[],
    is: readonly string[],
    tight: 'more' | 'fewer',
  ): TemplateDifference['effect'] => {
    const grows = was.every((word) => is.includes(word))
    const shrinks = is.every((word) => was.includes(word))
    return grows === shrinks ? 'changed' : grows === (tight === 'more') ? 'tighter' : 'looser'
  }
  const { serves: old } = before
  const { serves: next } = after
  add('roles', before.roles, after.roles, 'changed')
  add('serves.methods', old.methods, next.methods, more(old.methods, next.methods, 'fewer'))
  add('serves.notRoles', old.notRoles, next.notRoles, more(old.notRoles, next.notRoles, 'more'))
  add(
    'serves.also',
    old.also ?? [],
    next.also ?? [],
    more(old.also ?? [], next.also ?? [], 'fewer'),
  )
  add('serves.only', old.only, next.only, 'changed')
  add('audit', before.audit, after.audit, after.audit === 'strict' ? 'tighter' : 'looser')
  add(
    'feedAllowanceMs',
    before.feedAllowanceMs,
    after.feedAllowanceMs,
    after.feedAllowanceMs < before.feedAllowanceMs ? 'tighter' : 'looser',
  )
  add('degradable', before.degradable, after.degradable, after.degradable ? 'looser' : 'tighter')
  add('permissionDialects', before.permissionDialects, after.permissionDialects, 'changed')
  for (const name of new Set([...Object.keys(before.rules), ...Object.keys(after.rules)]))
    diffRule(name, before.rules[name], after.rules[name], add)
  return found
}

function diffRule(
  name: string,
  before: TemplateRule | undefined,
  after: TemplateRule | undefined,
  add: (what: string, was: unknown, is: unknown, effect: TemplateDifference['effect']) => void,
): void {
  if (before === undefined || after === undefined) {
    add(
      name,
      before === undefined ? undefined : 'a rule',
      after === undefined ? undefined : 'a rule',
      after === undefined ? 'looser' : 'tighter',
    )
    return
  }
  const mode = (rule: TemplateRule): string =>
    `${rule.mode}${rule.fraction === undefined ? '' : ` ${rule.fraction} %`}`
  const force = (rule: TemplateRule): number => strength(rule.mode, rule.fraction ?? null)
  add(
    `${name} mode`,
    mode(before),
    mode(after),
    force(after) > force(before) ? 'tighter' : 'looser',
  )
  add(
    `${name} bound of mode`,
    before.bounds?.mode,
    after.bounds?.mode,
    strength(after.bounds?.mode ?? after.mode, null) >
      strength(before.bounds?.mode ?? before.mode, null)
      ? 'tighter'
      : 'looser',
  )
  for (const [key, { kind, fallback }] of ruleSpec(name)?.params ?? []) {
    const [was, is] = [before.params[key] ?? fallback, after.params[key] ?? fallback]
    const tighter = atLeastAsTight(kind, is, was)
    const unclear = kind.kind === 'fixed' || tighter === atLeastAsTight(kind, was, is)
    add(`${name} ${key}`, was, is, unclear ? 'changed' : tighter ? 'tighter' : 'looser')
    const bound = (rule: TemplateRule): string | undefined => {
      const read = readBound(kind, rule.bounds?.params?.[key])
      return read.ok ? showBound(read.value, kind) : undefined
    }
    add(`${name} bound of ${key}`, bound(before), bound(after), 'changed')
  }
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.join(' ') || 'none'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
