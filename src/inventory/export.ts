/** The inventory as files: JSON for programs, CSV for the register a supervisor asks for. Equal records give equal bytes. */
import { canonicalJson } from '../lib/index.ts'
import type { ApiRecord } from './records.ts'

/** Format 1. APIs by name; members in a fixed order; ends with a line feed. */
export function exportInventory(records: readonly ApiRecord[]): string {
  const apis = byName(records).map((record): unknown => JSON.parse(canonicalJson(record)))
  return `${JSON.stringify({ format: 'gatehouse-inventory/1', apis }, null, 2)}\n`
}

const COLUMNS = [
  'api',
  'owner',
  'method',
  'path',
  'operationId',
  'role',
  'dataClasses',
  'security',
  'deprecated',
  'unsound',
]

/** One line per operation (RFC 4180, CR LF). A cell that a spreadsheet would run as a formula starts with an apostrophe. */
export function exportInventoryCsv(records: readonly ApiRecord[]): string {
  const lines = byName(records).flatMap((record) =>
    record.spec.operations.map((operation) => [
      record.name,
      record.owner ?? '',
      operation.method,
      operation.path,
      operation.operationId ?? '',
      operation.role,
      [...new Set(operation.dataClasses.map((item) => item.dataClass))].join(' '),
      securityText(operation.security),
      String(operation.deprecated),
      String(operation.unsound),
    ]),
  )
  return [COLUMNS, ...lines].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('')
}

function byName(records: readonly ApiRecord[]): readonly ApiRecord[] {
  return [...records].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

function securityText(security: ApiRecord['spec']['operations'][number]['security']): string {
  if (security === null) return 'none declared'
  if (security.length === 0) return 'open'
  return security
    .map((set) => {
      const names = Object.entries(set).map(([name, scopes]) => [name, ...scopes].join(' '))
      return names.length === 0 ? 'open' : names.join(' + ')
    })
    .join(' | ')
}

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
