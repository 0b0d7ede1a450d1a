/** Two versions of one operation: who may call it, with what, and what comes back. */
import { dataClass } from '../../controls/index.ts'
import type { JsonValue } from '../../lib/index.ts'
import type { MediaTypeRecord, OperationRecord, ParameterRecord } from '../records.ts'
import type { Report } from './change.ts'
import { compareSchemas, type Direction } from './compare-schemas.ts'

export interface Versioned {
  readonly operation: OperationRecord
  readonly document: JsonValue
}

export function compareOperations(old: Versioned, fresh: Versioned, report: Report): void {
  const [before, after] = [old.operation, fresh.operation]
  const here = { before: before.pointer, after: after.pointer }
  if (before.operationId !== after.operationId && before.operationId !== null)
    report({
      code: 'operation-id-changed',
      at: '',
      detail: `${before.operationId} → ${after.operationId ?? 'none'}`,
      ...here,
    })
  if (before.role !== after.role)
    report({ code: 'role-changed', at: '', detail: `${before.role} → ${after.role}`, ...here })
  if (!before.deprecated && after.deprecated)
    report({ code: 'operation-deprecated', at: '', ...here })
  if (!before.unsound && after.unsound) report({ code: 'operation-unsound', at: '', ...here })
  compareSecurity(before, after, report)
  compareParameters(old, fresh, report)
  compareBodies(old, fresh, report)
  compareResponses(old, fresh, report)
  comparePersonalData(before, after, report)
}

/** Needs nothing: nothing declared, declared open, or an alternative without schemes. */
export function isOpen({ security }: OperationRecord): boolean {
  return (
    security === null ||
    security.length === 0 ||
    security.some((way) => Object.keys(way).length === 0)
  )
}

function compareSecurity(before: OperationRecord, after: OperationRecord, report: Report): void {
  const at = 'security'
  const here = { at, before: `${before.pointer}/security`, after: `${after.pointer}/security` }
  const [wasOpen, isNowOpen] = [isOpen(before), isOpen(after)]
  if (!wasOpen && isNowOpen) report({ code: 'security-dropped', ...here })
  if (wasOpen && !isNowOpen) report({ code: 'security-tightened', detail: 'it was open', ...here })
  if (wasOpen || isNowOpen) return
  const needs = ({ security }: OperationRecord): readonly ReadonlySet<string>[] =>
    (security ?? []).map(
      (way) =>
        new Set(
          Object.entries(way).flatMap(([scheme, scopes]) => [
            scheme,
            ...scopes.map((scope) => `${scheme} ${scope}`),
          ]),
        ),
    )
  const [old, fresh] = [needs(before), needs(after)]
  const text = (way: ReadonlySet<string>): string => [...way].join(', ').slice(0, 200)
  // Who meets a way is let in: one that no old way is part of lets in who was kept out.
  const looser = fresh.find((way) => !old.some((other) => isPart(other, way)))
  const tighter = old.find((way) => !fresh.some((other) => isPart(other, way)))
  if (looser !== undefined) report({ code: 'security-loosened', detail: text(looser), ...here })
  if (tighter !== undefined) report({ code: 'security-tightened', detail: text(tighter), ...here })
}

function isPart(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  return [...part].every((one) => whole.has(one))
}

function compareParameters(old: Versioned, fresh: Versioned, report: Report): void {
  const keyOf = ({ in: where, name }: ParameterRecord): string =>
    `${where} ${where === 'header' ? name.toLowerCase() : name}`
  const listed = ({ operation }: Versioned): ReadonlyMap<string, ParameterRecord> => {
    const names = pathNames(operation.path)
    return new Map(
      operation.parameters.map((one) => [
        // By position: the name of a path parameter is nothing a caller sends.
        one.in === 'path' ? `path ${names.indexOf(one.name)}` : keyOf(one),
        one,
      ]),
    )
  }
  const [before, after] = [listed(old), listed(fresh)]
  const pointer = (of: Versioned, one: ParameterRecord): string =>
    one.schema?.replace(/\/schema$/, '') ?? `${of.operation.pointer}/parameters`
  for (const [key, was] of before) {
    const is = after.get(key)
    const at = `parameter ${keyOf(was)}`
    const here = {
      at,
      before: pointer(old, was),
      after: is === undefined ? fresh.operation.pointer : pointer(fresh, is),
    }
    if (is === undefined) {
      report({ code: 'parameter-removed', ...here })
      continue
    }
    if (was.in === 'path' && was.name !== is.name)
      report({ code: 'path-parameter-renamed', detail: `${was.name} → ${is.name}`, ...here })
    if (was.required !== is.required)
      report({ code: is.required ? 'parameter-required' : 'parameter-optional', ...here })
    if (was.style !== is.style || was.explode !== is.explode || was.mediaType !== is.mediaType)
      report({
        code: 'parameter-style-changed',
        detail: `${was.style}${was.explode ? ' exploded' : ''} → ${is.style}${is.explode ? ' exploded' : ''}`,
        ...here,
      })
    schemas(old, fresh, 'request', report, was.schema, is.schema, at)
  }
  for (const [key, is] of after)
    if (!before.has(key))
      report({
        code: is.required ? 'parameter-added-required' : 'parameter-added',
        at: `parameter ${keyOf(is)}`,
        before: old.operation.pointer,
        after: pointer(fresh, is),
      })
}

function pathNames(path: string): readonly string[] {
  return [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name)
}

function compareBodies(old: Versioned, fresh: Versioned, report: Report): void {
  const [was, is] = [old.operation.requestBody, fresh.operation.requestBody]
  const at = 'request body'
  const here = {
    at,
    before: `${old.operation.pointer}/requestBody`,
    after: `${fresh.operation.pointer}/requestBody`,
  }
  if (was === null && is === null) return
  if (was === null || is === null) {
    const code = was === null ? (is?.required ? 'body-required' : 'body-added') : 'body-removed'
    report({ code, ...here })
    return
  }
  if (was.required !== is.required)
    report({ code: is.required ? 'body-required' : 'body-optional', ...here })
  compareContent(old, fresh, 'request', report, was.content, is.content, at, here)
}

function compareResponses(old: Versioned, fresh: Versioned, report: Report): void {
  const [before, after] = [old, fresh].map(
    ({ operation }) => new Map(operation.responses.map((one) => [one.status, one])),
  )
  for (const status of new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])) {
    const [was, is] = [before?.get(status), after?.get(status)]
    const at = `response ${status}`
    const here = {
      before: `${old.operation.pointer}/responses/${status}`,
      after: `${fresh.operation.pointer}/responses/${status}`,
    }
    if (was === undefined || is === undefined) {
      report({ code: was === undefined ? 'response-added' : 'response-removed', at, ...here })
      continue
    }
    for (const name of was.headers)
      if (!is.headers.includes(name))
        report({ code: 'response-header-removed', at: `${at} header ${name}`, ...here })
    for (const name of is.headers)
      if (!was.headers.includes(name))
        report({ code: 'response-header-added', at: `${at} header ${name}`, ...here })
    compareContent(old, fresh, 'response', report, was.content, is.content, at, here)
  }
}

function compareContent(
  old: Versioned,
  fresh: Versioned,
  direction: Direction,
  report: Report,
  was: readonly MediaTypeRecord[],
  is: readonly MediaTypeRecord[],
  at: string,
  here: { readonly before: string; readonly after: string },
): void {
  const compared = new Set<string>()
  for (const { mediaType, schema } of was) {
    const other = is.find((one) => one.mediaType === mediaType)
    if (other === undefined) {
      report({ ...here, code: 'media-type-removed', at: `${at} ${mediaType}` })
      continue
    }
    // Media types mostly share their schema: its changes are told once.
    const pair = `${schema} ${other.schema}`
    if (!compared.has(pair))
      schemas(old, fresh, direction, report, schema, other.schema, `${at} ${mediaType} `)
    compared.add(pair)
  }
  for (const { mediaType } of is)
    if (!was.some((one) => one.mediaType === mediaType))
      report({ ...here, code: 'media-type-added', at: `${at} ${mediaType}` })
}

function schemas(
  old: Versioned,
  fresh: Versioned,
  direction: Direction,
  report: Report,
  was: string | null,
  is: string | null,
  at: string,
): void {
  compareSchemas({ before: old.document, after: fresh.document, direction, report }, was, is, at)
}

/** A class of personal data that an answer did not carry before, by evidence that is more than a hint. */
function comparePersonalData(
  before: OperationRecord,
  after: OperationRecord,
  report: Report,
): void {
  const classes = ({ dataClasses }: OperationRecord): ReadonlyMap<string, string> =>
    new Map(
      dataClasses
        .filter(({ at, confidence }) => at.startsWith('response') && confidence !== 'low')
        .map((one) => [one.dataClass, one.at]),
    )
  const [was, is] = [classes(before), classes(after)]
  for (const [id, at] of is)
    if (!was.has(id) && dataClass(id)?.personal === true)
      report({
        code: 'personal-data-added',
        at,
        detail: id,
        before: before.pointer,
        after: after.pointer,
      })
}
