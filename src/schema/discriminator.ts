import { isJsonObject, type JsonValue } from '../lib/index.ts'
import type { Compiler } from './compile.ts'
import type { Keywords } from './keywords.ts'
import { localPointer, pointerToken } from './pointer.ts'
import type { Discriminator, NodeId } from './program.ts'

const SCHEMAS = '/components/schemas/'

/**
 * The discriminator of a `oneOf` or `anyOf` at `place` (OpenAPI 3.0.3, Discriminator Object): names in `mapping` first, then the
 * implicit name of each branch that is a `$ref` to a component. A mapped value is a reference or the name of a component.
 */
export function discriminatorOf(
  words: Keywords,
  place: string,
  branches: readonly NodeId[],
  compiler: Compiler,
): Discriminator | undefined {
  const written = words.object('discriminator')
  if (written === undefined) return undefined
  const property = Object.hasOwn(written, 'propertyName') ? written['propertyName'] : undefined
  if (typeof property !== 'string') {
    words.fail('discriminator', 'discriminator must have a propertyName')
    return undefined
  }
  const entries = new Map<string, NodeId>()
  branches.forEach((id, index) => {
    const name = compiler.componentName(`${place}/${index}`)
    if (name !== undefined) entries.set(name, id)
  })
  const mapping = Object.hasOwn(written, 'mapping') ? written['mapping'] : {}
  if (!isJsonObject(mapping)) words.fail('discriminator', 'mapping must be an object of names')
  else
    for (const [value, target] of Object.entries(mapping)) {
      if (typeof target !== 'string') {
        words.fail('discriminator', `mapping of ${value} must be a reference or a component's name`)
        continue
      }
      const pointer = localPointer(target)
      // A relative file or a URL is neither: it names nothing here, and its branch is unsound.
      entries.set(value, compiler.at(pointer ?? SCHEMAS + pointerToken(target)))
    }
  // fromEntries defines own members, `__proto__` too.
  return { property, mapping: Object.fromEntries(entries) }
}

/** The name of the component a reference names, if it names one directly. */
export function componentOf(reference: JsonValue | undefined): string | undefined {
  const pointer = localPointer(reference)
  if (pointer === undefined || !pointer.startsWith(SCHEMAS)) return undefined
  const token = pointer.slice(SCHEMAS.length)
  return token.includes('/') ? undefined : token.replaceAll('~1', '/').replaceAll('~0', '~')
}
