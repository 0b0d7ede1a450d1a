import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { declarationsOf } from '../interfaces.ts'
import { code, markdownTable, page, type Page } from '../page.ts'

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'src', 'events')
const SOURCES = ['access-event.ts', 'identity-event.ts', 'sca-event.ts']

export const events: Page = {
  file: 'events.md',
  render() {
    const declared = SOURCES.flatMap((name) =>
      declarationsOf(readFileSync(join(FOLDER, name), 'utf8')),
    )
    if (declared.length < 5)
      throw new Error('hardly a declaration was read: the page would be blind')
    return page(
      'Events',
      'One JSON object per decision, in the spool and from `gatehouse events tail --json` (there under `event`, beside partition, sequence number and hash). Members are only added; `v` stays 1 as long as those of today mean what they mean. No token, no body, no account number: customers and consents are keyed hashes. `--ocsf` gives OCSF 1.9 instead: API Activity (6003), and of identity events Authentication (3002) and Entity Management (3004).',
      ...declared.map(({ name, comment, members, alias }) =>
        [
          `## ${name}`,
          comment,
          alias === undefined ? '' : code(alias),
          members.length === 0
            ? ''
            : markdownTable(
                ['member', 'type', 'meaning'],
                members.map((one) => [
                  code(one.name) + (one.optional ? ' (may be absent)' : ''),
                  code(one.type),
                  one.comment,
                ]),
              ),
        ]
          .filter((part) => part !== '')
          .join('\n\n'),
      ),
    )
  },
}
