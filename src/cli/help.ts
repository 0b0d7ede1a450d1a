/** Help leads with examples: most readers copy one and go. */
import type { ParseArgsOptionsConfig } from 'node:util'
import type { CliContext, Command } from './command.ts'
import { COMMON_OPTIONS } from './command.ts'
import { EXIT } from './exit-codes.ts'
import { table } from './table.ts'

/** An option means the same wherever it is known. */
export const OPTION_WORDS: ReadonlyMap<string, string> = new Map([
  ['config', 'the configuration file, or its folder; else gatehouse.yaml in this folder'],
  ['help', 'this text'],
  ['json', 'the same as JSON on stdout'],
  ['regime', 'only what this regime asks for'],
  ['owasp', 'only what answers this risk, such as API3:2019 or API1:2023'],
  ['why', 'the reasons for one control'],
  ['write', 'make the change that is shown; the file is replaced whole or not at all'],
  ['history', 'every version that was in force'],
  ['keys', 'file of the keys that belong to the backup; never inside it'],
  ['passphrase', 'file that holds the passphrase of the keys file'],
  ['new-keys', 'give up what only the old keys can read'],
  ['to', 'the folder that is made'],
  ['erasures', 'erasures.jsonl as it was last known: what it names stays destroyed'],
  ['person', 'the customer, as the "sub" of access tokens names them'],
  ['consent', 'a further consent of the person; those of the feed are found'],
  ['by', 'who decided it; else the user of this process'],
  [
    'fail-on',
    'exit 3 if a gap this severe or more is open: critical, high, medium or low; plan --replay: newly-denied',
  ],
  [
    'replay',
    'decide recorded traffic again under this configuration: 24h (else), 7d, 2026-11-01..2026-11-02, all',
  ],
  ['only', 'only this part of the check: tests'],
  ['dry-run', 'only read it and say what is found; change nothing'],
  ['name', 'name to keep it under; else made from its title'],
  ['operation', 'one operation, by operationId or "GET /path"'],
  ['format', 'json or csv'],
  ['reason', 'why, for the record'],
  ['notice', 'how customers were told, or why they were not'],
  ['as', 'name of the operator who asks; else the user of the operating system'],
  ['for', 'how long, such as 30m or 2h; at most 4h'],
  ['end', 'lift it now'],
  ['api', 'only this API'],
  ['client', 'only this client'],
  ['outcome', 'only these: allowed, trimmed, denied or failed (query: or refused)'],
  ['code', 'only this code, such as GH_GATEWAY_TOKEN_EXPIRED'],
  ['rule', 'only where this rule denied, or would have'],
  ['subject', 'only this customer, in clear: hashed where it is answered, kept nowhere'],
  ['consent', 'only this consent, in clear: hashed where it is answered, kept nowhere'],
  ['since', 'from then on: 90m, 2h, 7d, 2026-10-31 or 2026-10-31T09:00Z; else the last day'],
  ['until', 'up to then, written in the same way'],
  ['limit', 'how many at most, up to 1000; else 100'],
  ['after', 'go on where an answer ended'],
  ['status', 'only those of this status, as authorised'],
  ['kind', 'only this kind, as account-access'],
  ['count', 'only how many'],
  ['at', 'as it was then: 7d before now, 2026-10-31 or 2026-10-31T09:00Z'],
  ['by', 'count by client, api, operation, code, outcome or hour'],
  ['lines', 'how many to begin with; else 20'],
  ['no-follow', 'end after what is there'],
  ['organization', 'who holds the certificates of the third party'],
  ['organization-identifier', 'its number at its authority, such as PSDGB-FCA-123456'],
  ['host', 'a name or IPv4 address of the server certificate; else localhost and 127.0.0.1'],
  ['days', 'how long it is good: certificates 90, codes of customers 14 unless it says so'],
  ['quarter', 'a calendar quarter or half-year, in the time zone of the bank: 2026Q4, 2026H2'],
  ['csv', 'one line for each type of payment and each way it was let go'],
  ['eba', 'in the shape of the half-yearly fraud report (EBA/GL/2018/05, unchecked), as JSON'],
  [
    'rebuild',
    'decide every decision of the period again, and say what differs; exit 3 if anything does',
  ],
  ['fraud', 'unauthorised, manipulated, or none: it was no fraud after all'],
  ['amount', 'in the currency of the rules, such as 12.50'],
  ['begin', 'from then on: a day such as 2026-12-01; else now'],
  ['audit-due', 'day of the next audit (RTS Art. 3); from then on it is off'],
  ['counter', 'which of the two counters the bank keeps to (RTS Art. 11, 16)'],
  ['max-score', 'largest score of a transaction that is low risk: 0 to 1'],
  ['authority', 'the word of the authority (Art. 17), or the notice to it (Art. 20(4))'],
  ['engine', 'name and version of what looks at transactions (RTS Art. 2)'],
  ['factor', 'kind of element that the customer may enrol: passcode, transaction-code, totp, …'],
  [
    'channel',
    'by which a code goes: post (unless it says so), branch, email, message, app; twice: the first for what is known, the second for what is had',
  ],
  ['identity', 'how the bank knew the customer; then the branch may give all elements'],
  [
    'recovery',
    'for whoever is blocked or lost something: counts beside other elements, ends blocks',
  ],
  ['all', 'every element of the customer, and the codes that wait'],
  ['out', 'file that is written; else standard output'],
  ['ocsf', 'one OCSF API Activity (6003) a line, for a SIEM'],
])

/** Options that take one of a few words. */
export const OPTION_CHOICES: ReadonlyMap<string, readonly string[]> = new Map([
  ['fail-on', ['critical', 'high', 'medium', 'low', 'newly-denied']],
  ['format', ['json', 'csv']],
  ['only', ['tests']],
  ['fraud', ['unauthorised', 'manipulated', 'none']],
  ['counter', ['sum', 'payments']],
  ['outcome', ['allowed', 'trimmed', 'denied', 'failed']],
])

export const EXIT_WORDS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  error: 'it failed',
  changes: 'changes are pending (plan)',
  findings:
    'gaps at or above the threshold are open (posture --fail-on), or requests newly denied (plan --replay --fail-on), or a policy test that fails (check)',
  invalid: 'the command line or a file is not valid',
  unauthorised: 'not allowed',
  unavailable: 'what it needs is not there, such as a running instance',
  io: 'reading or writing failed',
  interrupted: 'by Ctrl-C or a signal',
}

// Sound: the keys of EXIT are its own.
const EXITS = Object.entries(EXIT) as [keyof typeof EXIT, number][]

type Look = Pick<CliContext, 'style' | 'columns'>

export function overview(commands: readonly Command[], look: Look): string[] {
  return [
    `${look.style.strong('gatehouse')}  open-banking API security: objectives, inventory, policy, gateway, evidence`,
    '',
    'Start here',
    '  gatehouse init .                      write a commented gatehouse.yaml for your specifications',
    '  gatehouse check                       validate it without starting anything',
    '  gatehouse up                          run the gateway',
    '  gatehouse posture                     see where you stand',
    '',
    'Commands',
    ...table(
      commands.map((command) => [look.style.strong(command.name), command.summary]),
      look.columns,
      '  ',
    ),
    '',
    'Every command knows --help and --json. Exit codes:',
    ...table(
      EXITS.map(([name, code]) => [String(code), `${name}: ${EXIT_WORDS[name]}`]),
      look.columns,
      '  ',
    ),
  ]
}

/** Commands of two words, by the first: `gatehouse inventory --help`. */
export function groupHelp(group: readonly Command[], { columns, style }: Look): string[] {
  return [
    'Commands',
    ...table(
      group.map((command) => [style.strong(command.name), command.summary]),
      columns,
      '  ',
    ),
    '',
    'Each knows --help.',
  ]
}

export function commandHelp(command: Command, look: Look): string[] {
  const known: ParseArgsOptionsConfig = { ...command.options, ...COMMON_OPTIONS }
  const options = Object.entries(known)
  return [
    command.summary,
    '',
    'Examples',
    ...command.examples.map((example) => `  ${example}`),
    '',
    'Usage',
    `  gatehouse ${[command.name, command.usage].filter((part) => part !== '').join(' ')}`,
    '',
    'Options',
    ...table(
      options.map(([name, option]) => {
        const short = option.short !== undefined ? `-${option.short}, ` : ''
        return [
          `${short}--${name}${option.type === 'string' ? ' VALUE' : ''}`,
          OPTION_WORDS.get(name) ?? '',
        ]
      }),
      look.columns,
      '  ',
    ),
  ].map((line) => (line.endsWith(':') ? look.style.strong(line) : line))
}
