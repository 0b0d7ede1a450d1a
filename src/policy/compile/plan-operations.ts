/** Messages of the operations: parameters, bodies and answers of the specification as the kernel reads them, over one schema program. */
import type { PlanContent, PlanOperation, PlanParameter, PlanResponse } from '../../decide/index.ts'
import type { ImportedSpec, MediaTypeRecord, ParameterRecord } from '../../inventory/index.ts'
import {
  compileSchemas,
  type LinearRegex,
  type NodeId,
  type SchemaProgram,
} from '../../schema/index.ts'
import { withMeantAlternatives } from '../dialects/meant-alternatives.ts'
import type { SchemaView } from '../dialects/schema-view.ts'
import type { SelectedOperation } from './selected-operation.ts'

export type PlanMessages = Pick<PlanOperation, 'parameters' | 'requestBody' | 'responses'>

export interface CompiledMessages {
  readonly program: SchemaProgram
  readonly of: (operation: SelectedOperation) => PlanMessages
}

/** OpenAPI 3.0.3, Parameter Object, `name`: header parameters of these names are ignored. */
const IGNORED_HEADERS: readonly string[] = ['accept', 'content-type', 'authorization']

export function compileMessages(
  spec: ImportedSpec,
  served: readonly SelectedOperation[],
  { view, regex }: { readonly view: SchemaView; readonly regex: LinearRegex },
): CompiledMessages {
  const roots = new Set<string>()
  for (const { record } of served) {
    const media = [
      ...(record.requestBody?.content ?? []),
      ...record.responses.flatMap(({ content }) => content),
    ]
    for (const { schema } of [...record.parameters, ...media])
      if (schema !== null) roots.add(schema)
  }
  const compiled = compileSchemas({
    document: withMeantAlternatives(spec.document),
    roots: [...roots],
    regex,
  })
  const nodes = [...compiled.program.nodes]
  let unsound: NodeId | undefined
  /** What has no sound schema is refused when it is used, not passed unread. */
  const refused = (): NodeId =>
    (unsound ??=
      nodes.push({
        kind: 'unsound',
        pointer: '',
        reason: 'the specification gives no sound schema',
      }) - 1)
  const nodeOf = (pointer: string): NodeId => compiled.roots.get(pointer) ?? refused()

  const contentOf = (content: readonly MediaTypeRecord[]): readonly PlanContent[] => {
    const known = new Map<string, PlanContent>()
    for (const { mediaType, schema } of content)
      if (!known.has(mediaType))
        known.set(
          mediaType,
          schema === null ? { mediaType } : { mediaType, schema: nodeOf(schema) },
        )
    return [...known.values()]
  }
  const parameterOf = (parameter: ParameterRecord): readonly PlanParameter[] => {
    const { in: where, name, required, schema } = parameter
    if (where === 'cookie') return []
    if (where === 'header' && IGNORED_HEADERS.includes(name.toLowerCase())) return []
    const list = listForm(parameter, schema === null ? [] : view.variants(schema))
    return [
      {
        in: where,
        name,
        required,
        schema: schema === null || list === 'unreadable' ? refused() : nodeOf(schema),
        list: list === 'unreadable' ? false : list,
      },
    ]
  }
  const of = ({ record, refused: why }: SelectedOperation): PlanMessages => {
    if (why !== undefined) return { parameters: [], responses: [] } // denied before anything of it is read
    const { parameters, requestBody, responses } = record
    const messages = {
      parameters: parameters.flatMap(parameterOf),
      responses: responses.map(({ status, headers, content }): PlanResponse => ({
        status,
        headers,
        content: contentOf(content),
      })),
    }
    return requestBody === null
      ? messages
      : {
          ...messages,
          requestBody: { required: requestBody.required, content: contentOf(requestBody.content) },
        }
  }
  const messages = new Map(served.map((operation) => [operation, of(operation)]))
  return {
    program: { format: 1, nodes },
    of: (operation) => messages.get(operation) ?? of(operation),
  }
}

/** How several values of one parameter are written (OpenAPI 3.0.3, Style Values). */
function listForm(
  { in: where, style, explode }: ParameterRecord,
  variants: readonly { readonly [key: string]: unknown }[],
): PlanParameter['list'] | 'unreadable' {
  const types = new Set(
    variants.flatMap((variant): unknown => variant['type'] ?? ('items' in variant ? 'array' : [])),
  )
  if (types.has('object')) return 'unreadable'
  if (!types.has('array')) return false
  if (where !== 'query') return style === 'simple' || style === '' ? 'comma' : 'unreadable'
  if (style !== 'form' && style !== '') return 'unreadable'
  return explode ? 'repeat' : 'comma'
}
