/** Keys that stand twice. The first stays; the second is listed, with each operation that is lost with it. */
import { isJsonObject, type JsonValue } from '../../lib/index.ts'
import { pointerOf, valueAt } from '../document/pointer.ts'
import type { Duplicate } from '../source/source-document.ts'
import { isOperationKey, operationTitle } from './paths.ts'
import type { Problems } from './problems.ts'

export function listDuplicates(duplicates: readonly Duplicate[], problems: Problems): void {
  for (const duplicate of duplicates) {
    const { tokens, offset } = duplicate
    const pointer = pointerOf(tokens)
    const name = (tokens.at(-1) ?? '').slice(0, 80)
    problems.add({
      code: 'GH_INVENTORY_DUPLICATE_KEY',
      pointer,
      offset,
      message: `\`${name}\` stands twice in one object.`,
    })
    for (const [method, path] of lostOperations(duplicate))
      problems.add({
        code: 'GH_INVENTORY_OPERATION_REFUSED',
        pointer: pointerOf(['paths', path, method]),
        offset,
        message: `${operationTitle(method, path)} is not imported: it stands under a second \`${name}\`.`,
      })
  }
}

function lostOperations({ tokens, value }: Duplicate): (readonly [string, string])[] {
  const [first, path, method] = tokens
  if (first !== 'paths' || tokens.length > 3) return []
  if (method !== undefined && path !== undefined)
    return path.startsWith('x-') || !isOperationKey(method) ? [] : [[method, path]]
  const items: readonly (readonly [string, JsonValue])[] =
    path !== undefined ? [[path, value]] : isJsonObject(value) ? Object.entries(value) : []
  return items.flatMap(([name, item]) =>
    isJsonObject(item) && !name.startsWith('x-')
      ? Object.keys(item)
          .filter(isOperationKey)
          .map((key) => [key, name] as const)
      : [],
  )
}

/**
 * Inside schemas neither value can be trusted to be the meant one: the member becomes `null`, which no keyword allows, so that the
 * schema compiler refuses it. Elsewhere the first stays.
 */
export function closeDuplicatesInSchemas(root: JsonValue, duplicates: readonly Duplicate[]): void {
  const isSwagger = isJsonObject(root) && root['swagger'] !== undefined
  for (const { tokens } of duplicates) {
    const last = tokens.at(-1)
    const inSchema =
      tokens.includes('schema') ||
      (tokens[0] === 'components' && tokens[1] === 'schemas') ||
      // Swagger 2.0 writes the schema of a parameter into the parameter.
      (isSwagger && ['definitions', 'parameters'].some((word) => tokens.includes(word)))
    if (!inSchema || last === undefined) continue
    const parent = valueAt(root, tokens.slice(0, -1))
    // sound: the reader made this object a moment ago and nothing else holds it yet
    if (isJsonObject(parent)) (parent as Record<string, JsonValue>)[last] = null
  }
}
