/** Collects what is wrong while a document is read; places are worked out once, at the end. */
import type { Diagnostic, ErrorCode } from '../../lib/index.ts'
import { MAX_PROBLEMS, MAX_SUGGESTED } from '../limits.ts'
import type { Part } from '../source/mark.ts'

export interface Problem {
  readonly code: ErrorCode
  readonly message: string
  readonly pointer: string
  /** Whether the key or the value is pointed at. Default `value`. */
  readonly part?: Part
  readonly nearest?: string
  readonly suggest?: () => string | undefined
  /** Stands in place of the pointer where the value is not in the document: the second of two keys. */
  readonly offset?: number
}

/** In the terms of the document that its author wrote, where another was made of it. */
export interface Written {
  pointer(pointer: string): string
  /** References inside a message. */
  text(text: string): string
}

export interface Problems {
  add(problem: Problem): void
  /** True if a problem stands at this pointer. */
  at(pointer: string): boolean
  diagnostics(place: (problem: Problem) => Diagnostic['place'], written: Written): Diagnostic[]
}

/** One problem per code and place. Past `MAX_PROBLEMS` only operations that are not imported are still listed: the sum must add up. */
export function problemList(): Problems {
  const list: Problem[] = []
  const seen = new Set<string>()
  const pointers = new Set<string>()
  let others = 0
  return {
    add(problem) {
      const always = problem.code === 'GH_INVENTORY_OPERATION_REFUSED'
      // One operation object may stand under two paths, by reference: each of them is refused by its own name.
      const name = always ? problem.message : ''
      const key = `${problem.code} ${problem.pointer} ${problem.offset ?? ''} ${name}`
      if (seen.has(key)) return
      if (!always && ++others > MAX_PROBLEMS) return
      seen.add(key)
      pointers.add(problem.pointer)
      const nearest =
        problem.nearest ?? (list.length < MAX_SUGGESTED ? problem.suggest?.() : undefined)
      list.push(nearest === undefined ? problem : { ...problem, nearest })
    },
    at: (pointer) => pointers.has(pointer),
    diagnostics(place, written) {
      const found = list.map((problem) => ({
        code: problem.code,
        message: written.text(problem.message),
        place: place(problem),
        // A mistake of the text itself has a place and no pointer.
        ...(problem.offset !== undefined && problem.pointer === ''
          ? {}
          : {
              pointer:
                problem.offset === undefined ? written.pointer(problem.pointer) : problem.pointer,
            }),
        ...(problem.nearest === undefined ? {} : { nearest: written.text(problem.nearest) }),
      }))
      found.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)
      const last = found.at(-1)
      if (others <= MAX_PROBLEMS || last === undefined) return found
      const more: Diagnostic = {
        code: 'GH_INVENTORY_LIMIT',
        message: `${others - MAX_PROBLEMS} more problems are not listed.`,
        place: { ...last.place, line: 1, column: 1 },
        mend: 'Mend those that are listed and import again.',
      }
      return [...found, more]
    },
  }
}
