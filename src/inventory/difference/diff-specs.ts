/** Two versions of one API, change by change. Operations are the same by method and shape of the path, whatever its parameters are called. */
import type { Diagnostic } from '../../lib/index.ts'
import type { ImportedSpec, OperationRecord } from '../records.ts'
import type { PlaceOf } from '../places.ts'
import { CHANGE_CODES, type Found, type SpecChange, type SpecDifference } from './change.ts'
import { compareOperations, isOpen } from './compare-operations.ts'

/** Changes listed; the rest is counted. */
export const MAX_CHANGES = 2_000

export interface SpecVersion {
  readonly spec: ImportedSpec
  readonly placeOf: PlaceOf
}

export function diffSpecs(before: SpecVersion, after: SpecVersion): SpecDifference {
  const changes: SpecChange[] = []
  const seen = new Set<string>()
  let more = 0
  const report = (operation: string | null, found: Found): void => {
    const { code, at, detail = '' } = found
    const key = `${operation} ${code} ${at} ${detail}`
    if (seen.has(key)) return
    if (changes.length >= MAX_CHANGES) {
      more++
      return
    }
    seen.add(key)
    const place = (of: PlaceOf, pointer: string | null): Diagnostic['place'] | null =>
      pointer === null ? null : of(pointer)
    changes.push({
      code,
      kinds: CHANGE_CODES[code],
      operation,
      at: at.trim(),
      detail,
      before: place(before.placeOf, found.before),
      after: place(after.placeOf, found.after),
    })
  }
  servers(before.spec, after.spec, (found) => report(null, found))
  const [old, fresh] = [byShape(before.spec), byShape(after.spec)]
  for (const [shape, operation] of old) {
    const title = `${operation.method} ${operation.path}`
    const other = fresh.get(shape)
    if (other === undefined)
      report(title, { code: 'operation-removed', at: '', before: operation.pointer, after: null })
    else
      compareOperations(
        { operation, document: before.spec.document },
        { operation: other, document: after.spec.document },
        (found) => report(title, found),
      )
  }
  for (const [shape, operation] of fresh)
    if (!old.has(shape))
      report(`${operation.method} ${operation.path}`, {
        code: isOpen(operation) ? 'operation-added-open' : 'operation-added',
        at: '',
        before: null,
        after: operation.pointer,
      })
  return { changes, more }
}

function byShape({ operations }: ImportedSpec): ReadonlyMap<string, OperationRecord> {
  return new Map(
    operations.map((one) => [`${one.method} ${one.path.replaceAll(/\{[^{}]*\}/g, '{}')}`, one]),
  )
}

/** Hosts, and the path under which all stands. */
function servers(before: ImportedSpec, after: ImportedSpec, report: (found: Found) => void): void {
  const here = { before: '/servers', after: '/servers' }
  const hosts = ({ servers: urls }: ImportedSpec): readonly string[] =>
    [
      ...new Set(
        urls.map((url) => /^[A-Za-z][\w+.-]*:\/\/[^/?#]*/.exec(url)?.[0].toLowerCase() ?? ''),
      ),
    ].sort()
  const [was, is] = [hosts(before), hosts(after)]
  if (is.some((host) => !was.includes(host)) || was.some((host) => !is.includes(host)))
    report({
      code: 'server-moved',
      at: 'servers',
      detail: `${was.join(' ')} → ${is.join(' ')}`.slice(0, 300),
      ...here,
    })
  if (before.basePath !== after.basePath)
    report({
      code: 'base-path-changed',
      at: 'servers',
      detail: `${before.basePath || '/'} → ${after.basePath || '/'}`,
      ...here,
    })
}
