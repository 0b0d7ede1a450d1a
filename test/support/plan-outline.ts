/** A compiled policy in the few words a reviewer wants to see beside the source of a golden case. */
import type {
  ActiveApi,
  PlanOperation,
  PlanRule,
  RuleName,
  RuleOf,
} from '../../src/decide/index.ts'
import type { CompiledPolicy, EffectiveRule } from '../../src/policy/index.ts'

/** The rule of an operation, by name. */
export function ruleOf<N extends RuleName>(
  api: ActiveApi,
  operation: string,
  name: N,
): RuleOf<N> | undefined {
  const indexes = api.operations.find(({ id }) => id === operation)?.rules ?? []
  return indexes
    .map((index) => api.rules[index])
    .find((rule): rule is RuleOf<N> => rule?.name === name)
}

/** The API of that name, which must be active. */
export function activeApi({ plan }: CompiledPolicy, name = 'accounts'): ActiveApi {
  const api = plan.apis.find((one) => one.name === name)
  if (api?.state !== 'active') throw new Error(`${name} is ${JSON.stringify(api)}`)
  return api
}

export function outline(compiled: CompiledPolicy): unknown {
  return {
    apis: Object.fromEntries(
      compiled.plan.apis.map((api) => [
        api.name,
        api.state === 'closed'
          ? { closed: api.code }
          : {
              basePath: api.basePath,
              operations: Object.fromEntries(
                api.operations.map((operation) => [operation.id, outlineOperation(api, operation)]),
              ),
            },
      ]),
    ),
    ...operationRules(compiled),
    rules: Object.fromEntries(
      compiled.effective.map(({ api, rules }) => [
        api,
        Object.fromEntries(
          rules
            // What the template says is the template's to test; here counts what another level made of it.
            .filter(({ origin }) => origin.level !== 'profile')
            .map((rule) => [rule.rule, ruleLine(rule)]),
        ),
      ]),
    ),
    findings: compiled.findings.map(
      ({ api, severity, code, place, closes }) =>
        `${api} ${severity} ${code} at ${place.line}:${place.column}${closes ? ', closes' : ''}`,
    ),
  }
}

function ruleLine({ mode, fraction, origin, summary, params }: EffectiveRule): string {
  // Where a parameter is not from the level that had the last word on its rule, or may go elsewhere.
  const others = params
    .filter((one) => one.origin !== undefined && one.origin.source !== origin.source)
    .map((one) => `; ${one.name} by ${one.origin?.level} ${one.origin?.source}`)
  return `${mode}${fraction === null ? '' : ` ${fraction} %`}, ${origin.level} ${origin.source}: ${summary}${others.join('')}`
}

/** Rules of single operations, where there are any. */
function operationRules({ effective }: CompiledPolicy): object {
  const own = effective.flatMap(({ api, operations }) =>
    operations.map(({ operation, rules }) => [
      `${api} ${operation}`,
      Object.fromEntries(rules.map((rule) => [rule.rule, ruleLine(rule)])),
    ]),
  )
  return own.length === 0 ? {} : { ofOperations: Object.fromEntries(own) }
}

function outlineOperation(api: ActiveApi, { rules }: PlanOperation): unknown {
  const list = rules.flatMap((index) => api.rules[index] ?? [])
  return Object.fromEntries(list.flatMap(words).filter(([, value]) => value !== ''))
}

function words(rule: PlanRule): readonly (readonly [string, string])[] {
  switch (rule.name) {
    case 'authz.default':
      return [['open', rule.params.open ? 'yes' : '']]
    case 'authz.operations':
      return [['scopes', rule.params.anyOf.map((set) => set.join('+')).join(' | ')]]
    case 'authz.consent':
      return [
        [
          'consent',
          rule.params.unmapped
            ? 'denied'
            : rule.params.permissions.map((group) => group.join('|')).join(' & ') || 'any in force',
        ],
      ]
    case 'authz.objects':
      return [
        [
          'objects',
          rule.params.selectors
            .map(
              ({ in: where, name, names }) =>
                `${where}:${name}${names === 'consent' ? ' (consent)' : ''}`,
            )
            .join(' '),
        ],
      ]
    case 'response.fields':
      return [
        [
          'rows',
          rule.params.rows
            .map(
              ({ at, field, test }) =>
                `${[...at].join('.')}/${field.join('.')} ${test.kind === 'in' ? test.set : test.window}`,
            )
            .join(', '),
        ],
        [
          'unless',
          rule.params.unless
            .map((one) => `${one.permission}: ${one.drop.map((path) => path.join('.')).join(' ')}`)
            .join('; '),
        ],
        ['drop', rule.params.drop.map((path) => path.join('.')).join(' ')],
      ]
    default:
      return []
  }
}
