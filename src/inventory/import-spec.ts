/**
 * A specification into the inventory: text in, records out. It imports what is sound, lists what is not with pointer and line, never
 * throws, and touches neither disk nor network, whatever the text refers to. OpenAPI 3.0 and 3.1 are read as they stand; Swagger 2.0
 * and Postman collections are first made into the OpenAPI 3.0 document that says the same, each piece with its place.
 */
import { createHash } from 'node:crypto'
import { type Diagnostic, isJsonObject, type JsonObject, type JsonValue } from '../lib/index.ts'
import type { LinearRegex } from '../schema/index.ts'
import { type Classifier, classifier } from './classify/data-classes.ts'
import { declaredRole, roleByData, type RoleSubject, writtenFamilies } from './classify/roles.ts'
import { tokensOf } from './document/pointer.ts'
import { brokenReferences } from './document/reference-audit.ts'
import { recognise } from './formats/recognise.ts'
import { understood } from './formats/understood.ts'
import { closeDuplicatesInSchemas, listDuplicates } from './openapi/duplicates.ts'
import { declaredOperation, extensionScopes, withUniqueIds } from './openapi/operation.ts'
import { listLoneDiscriminators } from './openapi/lone-discriminators.ts'
import { operationsOf } from './openapi/paths.ts'
import { type Problem, problemList, type Problems } from './openapi/problems.ts'
import { operationsReaching, schemaProblems } from './openapi/schema-problems.ts'
import { serversOf } from './openapi/servers.ts'
import { listWebhooks } from './openapi/webhooks.ts'
import type { ImportedSpec, OperationRecord } from './records.ts'
import { lineIndex, offsetOf } from './source/mark.ts'
import { decodeSource, wholeText } from './source/decode.ts'
import { readSource } from './source/read-source.ts'
import type { SourceDocument } from './source/source-document.ts'

export interface SpecSource {
  /** Name of the file, for places and records; it is not opened. */
  readonly file: string
  /** The text, or the bytes of the file: their encoding is then told from them. */
  readonly text: string | Uint8Array
  /** Linear-time engine for `pattern`. Without one patterns are not judged here. */
  readonly regex?: LinearRegex
}

export interface ImportResult {
  /** Absent if the text is no specification at all; `diagnostics` says why. */
  readonly spec?: ImportedSpec
  /** All that was found wrong, in the order of the file. With `spec` the same as `spec.problems`. */
  readonly diagnostics: readonly Diagnostic[]
}

export function importSpec(source: SpecSource): ImportResult {
  try {
    return importText(source)
  } catch {
    // A defect of ours: the caller still gets a refusal of this one file, and no detail of its content.
    return fatal(
      source.file,
      'GH_INVENTORY_UNREADABLE',
      'The specification cannot be imported: an internal fault.',
    )
  }
}

function importText({ file, text: given, regex }: SpecSource): ImportResult {
  const decoded = typeof given === 'string' ? wholeText(given) : decodeSource(given)
  if (!decoded.ok) {
    const whole = typeof given === 'string' ? given : Buffer.from(given).toString('latin1')
    const { code, message, offset } = decoded.error
    return fatal(file, code, message, { file, ...lineIndex(whole)(offset) })
  }
  const text = decoded.value
  const place = lineIndex(text)
  const at = (offset: number): Diagnostic['place'] => ({ file, ...place(offset) })
  const source = readSource(text)
  if (!source.ok)
    return {
      diagnostics: source.error.map(({ code, message, offset }) => ({
        code,
        message,
        place: at(offset),
      })),
    }
  const recognised = recognise(source.value.value)
  if (!recognised.ok) {
    const offset = offsetOf(source.value.marks, recognised.at, 'key')
    return fatal(file, 'GH_INVENTORY_FORMAT', recognised.message, at(offset), recognised.mend)
  }
  closeDuplicatesInSchemas(recognised.root, source.value.duplicates)
  const { root, marks, written, remarks } = understood(recognised, source.value.marks)
  const lineOf = (pointer: string): number => place(offsetOf(marks, tokensOf(pointer), 'key')).line
  const problems = problemList()
  listSourceProblems(source.value, problems)
  listWebhooks(root, problems)
  listLoneDiscriminators(root, problems)
  for (const broken of brokenReferences(root)) problems.add(broken)
  const servers = serversOf(root, problems)
  const operations = readOperations(root, lineOf, problems, regex)
  for (const remark of remarks) problems.add(remark)
  const found = problems.diagnostics((problem) => at(offsetIn(marks, problem)), written)
  const spec: ImportedSpec = {
    source: {
      file,
      sha256: createHash('sha256').update(given).digest('hex'),
      bytes: Buffer.byteLength(given),
      format: recognised.name,
      ...titleOf(root),
    },
    servers: servers.urls,
    basePath: servers.basePath,
    operations,
    problems: found,
    document: root,
  }
  return { spec, diagnostics: found }
}

function readOperations(
  root: JsonObject,
  lineOf: (pointer: string) => number,
  problems: Problems,
  regex: LinearRegex | undefined,
): readonly OperationRecord[] {
  const found = operationsOf(root, problems)
  const declared = withUniqueIds(
    found.map((operation) =>
      declaredOperation(root, operation, lineOf(operation.pointer), problems),
    ),
    problems,
  )
  const subjects = declared.map((operation, index): RoleSubject => {
    const value: JsonValue = found[index]?.value ?? {}
    const internal = isJsonObject(value) && value['x-internal'] === true
    return { operation, extensionScopes: extensionScopes(value), internal }
  })
  const families = writtenFamilies(subjects)
  const classify = classifier(root)
  const records = subjects.map((subject) => classified(subject, families, classify))
  const unsound = schemaProblems(root, records, regex)
  for (const { pointer, reason } of unsound)
    // A broken `$ref` is listed already, with the name it does not find.
    if (!problems.at(`${pointer}/$ref`))
      problems.add({
        code: 'GH_INVENTORY_SCHEMA_UNSOUND',
        pointer,
        message: `The schema is not enforced here: ${reason}.`,
      })
  const reaching = operationsReaching(root, records, unsound)
  return records.map((record) => (reaching.has(record) ? { ...record, unsound: true } : record))
}

function classified(
  subject: RoleSubject,
  families: ReadonlySet<string>,
  classify: Classifier,
): OperationRecord {
  const { operation } = subject
  const declared = declaredRole(subject, families)
  const dataClasses = classify(operation, declared?.role)
  const { role, reason } = declared ?? roleByData(subject, dataClasses)
  return { ...operation, role, roleReason: reason, dataClasses }
}

function listSourceProblems(source: SourceDocument, problems: Problems): void {
  for (const { code, message, offset } of source.oddities)
    problems.add({ code, message, pointer: '', offset })
  listDuplicates(source.duplicates, problems)
}

function offsetIn(marks: SourceDocument['marks'], problem: Problem): number {
  return problem.offset ?? offsetOf(marks, tokensOf(problem.pointer), problem.part ?? 'value')
}

function titleOf(root: JsonObject): { readonly title: string; readonly version: string } {
  const info = root['info']
  const text = (member: string): string => {
    const value = isJsonObject(info) ? info[member] : undefined
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }
  return { title: text('title'), version: text('version') }
}

function fatal(
  file: string,
  code: Diagnostic['code'],
  message: string,
  place: Diagnostic['place'] = { file, line: 1, column: 1 },
  mend?: string,
): ImportResult {
  return { diagnostics: [{ code, message, place, ...(mend === undefined ? {} : { mend }) }] }
}
