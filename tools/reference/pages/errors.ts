import { CATALOG, errorEntry, type ErrorCode } from '../../../src/lib/index.ts'
import { code, markdownTable, page, type Page } from '../page.ts'

/** Codes of an area in the order of the catalogue; the area is the second word of the code. */
function areas(): Map<string, ErrorCode[]> {
  const found = new Map<string, ErrorCode[]>()
  // Sound: the keys of CATALOG are its own.
  for (const name of Object.keys(CATALOG) as ErrorCode[]) {
    const area = name.split('_')[1] ?? ''
    found.set(area, [...(found.get(area) ?? []), name])
  }
  return found
}

const AREA_WORDS: ReadonlyMap<string, string> = new Map([
  ['AUDIT', 'The audit trail cannot take a record.'],
  ['CLI', 'The command line.'],
  ['CONFIG', '`gatehouse.yaml`: each with file, line and column.'],
  ['EVENTS', 'The spool of events.'],
  ['FEED', 'Clients, consents and revocations.'],
  [
    'GATEWAY',
    'What a third party may be answered, as `application/problem+json` (RFC 9457) with a decision id.',
  ],
  ['INVENTORY', 'Specifications: each with file, line and column.'],
  ['OBJECTIVES', 'What an API must meet.'],
  ['POLICY', 'Templates, rules and the plan.'],
  ['POSTURE', 'Evidence and states.'],
  ['STORE', 'The database.'],
])

export const errors: Page = {
  file: 'errors.md',
  render: () =>
    page(
      'Error codes',
      'A code never changes its meaning. `status` is the HTTP status where the code reaches a client; on the command line the exit code counts (see [cli.md](cli.md)). Details go to the log and the event, never to a third party.',
      ...[...areas()]
        .flatMap(([area, names]) => [
          `## ${area}`,
          AREA_WORDS.get(area) ?? '',
          markdownTable(
            ['code', 'status', 'meaning', 'what to do'],
            names.map((name) => {
              const { status, title, mend } = errorEntry(name)
              return [code(name), String(status), title, mend ?? '']
            }),
          ),
        ])
        .filter((part) => part !== ''),
    ),
}
