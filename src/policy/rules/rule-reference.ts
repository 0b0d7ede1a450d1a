/** The rules for whoever reads about them: what each does, what it may be told, and what is tighter. */
import type { ControlId } from '../../lib/index.ts'
import type { ParamKind, ParamValue } from './param-kinds.ts'
import { RULE_WORDS } from './rule-words.ts'
import { RULES } from './vocabulary.ts'

export interface RuleReference {
  readonly name: string
  readonly control: ControlId
  readonly does: string
  readonly params: readonly {
    readonly name: string
    readonly does: string
    /** `whole number, 1 to 86400`. */
    readonly values: string
    readonly tighter: string
    /** When no level states it; `null`: no restriction of its own. */
    readonly fallback: ParamValue | null
  }[]
}

/** In the order the rules run. */
export function ruleReference(): readonly RuleReference[] {
  return RULES.map(({ name, control, params }) => ({
    name,
    control,
    does: RULE_WORDS[name].does,
    params: [...params].map(([param, { kind, fallback }]) => ({
      name: param,
      does: RULE_WORDS[name].params[param] ?? '',
      ...kindWords(kind),
      fallback,
    })),
  }))
}

function kindWords(kind: ParamKind): { readonly values: string; readonly tighter: string } {
  switch (kind.kind) {
    case 'at-most':
      return { values: `whole number, ${kind.min} to ${kind.max}`, tighter: 'less' }
    case 'at-least':
      return { values: `whole number, ${kind.min} to ${kind.max}`, tighter: 'more' }
    case 'subset':
      return { values: `list of ${kind.form ?? 'words'}`, tighter: 'fewer words' }
    case 'superset':
      return { values: 'list of words', tighter: 'more words' }
    case 'ordered':
      return { values: kind.values.join(', '), tighter: kind.values.join(' < ') }
    case 'flag':
      return { values: 'true or false', tighter: String(kind.tight) }
    case 'fixed':
      return { values: kind.form, tighter: 'no order: only what a higher level lists' }
    default:
      return kind satisfies never
  }
}
