/** One operation while it is read: its problems, and whether one of them makes a part of it unsound. */
import { type ErrorCode, isJsonObject, type JsonValue } from '../../lib/index.ts'
import { dialectOf } from '../../schema/index.ts'
import { follow, type Located } from '../document/reference.ts'
import type { Part } from '../source/mark.ts'
import type { Problems } from './problems.ts'

export interface Scope {
  readonly root: JsonValue
  /** `GET /accounts`, for messages. */
  readonly title: string
  /** Lists a problem that takes nothing from the operation. */
  note(code: ErrorCode, pointer: string, message: string, hint?: Hint): void
  /** Lists a problem whose part of the operation is refused at run time. */
  breach(code: ErrorCode, pointer: string, message: string, hint?: Hint): void
  /** The value behind a chain of `$ref`s; a broken one is a breach and gives `undefined`. */
  follow(value: JsonValue, pointer: string): Located | undefined
  readonly unsound: () => boolean
}

export interface Hint {
  readonly part?: Part
  readonly nearest?: string | undefined
}

export function operationScope(root: JsonValue, title: string, problems: Problems): Scope {
  let unsound = false
  const note: Scope['note'] = (code, pointer, message, hint = {}) => {
    const { part = 'value', nearest } = hint
    problems.add({ code, pointer, message, part, ...(nearest === undefined ? {} : { nearest }) })
  }
  const breach: Scope['breach'] = (code, pointer, message, hint) => {
    unsound = true
    note(code, pointer, message, hint)
  }
  return {
    root,
    title,
    note,
    breach,
    follow(value, pointer) {
      const end = follow(root, { value, pointer })
      if (end.ok) return end
      unsound = true
      problems.add(end.problem)
      return undefined
    },
    unsound: () => unsound,
  }
}

/** Whether a value can stand where a schema does: an object, in OpenAPI 3.1 also true or false. */
export function isSchema(value: JsonValue | undefined, root: JsonValue): value is JsonValue {
  return isJsonObject(value) || (typeof value === 'boolean' && dialectOf(root) === '2020-12')
}

/** What a value is, in the words of a message. */
export function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
