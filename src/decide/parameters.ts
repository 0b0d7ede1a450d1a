/** Declared parameters against what was sent: presence, repetition, schema. */
import type { Validation } from '../schema/index.ts'
import type { HeaderView } from './facts.ts'
import type { PlanParameter } from './plan.ts'
import type { JudgedRequest, RuleContext } from './rule.ts'

export interface PreparedParameter {
  readonly declared: PlanParameter
  /** As looked up: lower case for headers. */
  readonly name: string
  readonly validate: (values: readonly string[]) => Validation
}

/** OpenAPI 3.0 §4.7.12.1: definitions of these headers are ignored; other rules judge them. */
const NOT_PARAMETERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization'])

export function prepareParameters({
  operation,
  schemas,
}: RuleContext): readonly PreparedParameter[] {
  return operation.parameters
    .filter((one) => one.in !== 'header' || !NOT_PARAMETERS.has(one.name.toLowerCase()))
    .map((declared) => ({
      declared,
      name: declared.in === 'header' ? declared.name.toLowerCase() : declared.name,
      validate: schemas.parameter(declared),
    }))
}

/** What is wrong with the parameters: names the declared parameter, never its value. */
export function judgeParameters(
  parameters: readonly PreparedParameter[],
  headers: HeaderView,
  request: JudgedRequest,
): string | undefined {
  for (const parameter of parameters) {
    const { declared } = parameter
    const values = valuesOf(parameter, headers, request)
    if (values.length === 0 && !declared.required) continue
    const place = `${declared.in}:${declared.name}`
    if (values.length === 0) return `${place} is missing`
    if (values.length > 1 && declared.list !== 'repeat') return `${place} came more than once`
    const judged = parameter.validate(values)
    if (!judged.ok) return `${place}${judged.at} is not what its schema says: ${judged.reason}`
  }
  return undefined
}

const NONE: readonly string[] = []

function valuesOf(
  { declared, name }: PreparedParameter,
  headers: HeaderView,
  { match, query }: JudgedRequest,
): readonly string[] {
  if (declared.in === 'header') return headers.all(name)
  if (declared.in === 'path') {
    const value = match.parameters.get(name)
    return value === undefined ? NONE : [value]
  }
  if (query.length === 0) return NONE
  return query.filter((pair) => pair.name === name).map((pair) => pair.value)
}
