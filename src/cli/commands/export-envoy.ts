import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { exportEnvoy, type EnvoyExportReport } from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type CliContext, type Command, CONFIG_OPTION } from '../command.ts'
import { shownPath } from '../config-path.ts'
import { loadAssembly } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'

export const exportEnvoyCommand: Command = {
  name: 'export envoy',
  summary:
    'The configuration of an Envoy that asks Gatehouse about each request (ext_authz), and the APIs whose rules need more.',
  usage: '[--out FILE] [--json]',
  examples: [
    'gatehouse export envoy --out envoy.json',
    'gatehouse export envoy > envoy.json && envoy --mode validate -c envoy.json',
    'gatehouse export envoy --json',
  ],
  options: { ...CONFIG_OPTION, out: { type: 'string' } },
  arguments: [0, 0],
  run(context, args) {
    const assembly = loadAssembly(context, args)
    if (assembly === undefined) return Promise.resolve(EXIT.invalid)
    const report = exportEnvoy(assembly)
    sayRefused(report, context)
    if (report.missing !== null)
      context.say(`${context.style.bad('error')} ${MISSING[report.missing]}`)
    const text = JSON.stringify(report.bootstrap, null, 2)
    const out = args.text('out')
    if (report.bootstrap !== null && out !== undefined) {
      const file = resolve(context.cwd, out)
      write(file, `${text}\n`)
      context.say(
        `${shownPath(context.cwd, file)} serves ${report.apis.join(', ')}; check it with: envoy --mode validate -c ${shownPath(context.cwd, file)}`,
      )
    }
    if (args.flag('json')) context.out(JSON.stringify(report, null, 2))
    else if (report.bootstrap !== null && out === undefined) context.out(text)
    if (report.secretVariable !== null)
      context.say(
        `${context.style.warn('note')} Envoy reads the secret from its environment: ${report.secretVariable}.`,
      )
    if (report.missing !== null) return Promise.resolve(EXIT.invalid)
    return Promise.resolve(report.refused.length > 0 ? EXIT.findings : EXIT.ok)
  },
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    throw new GatehouseError('GH_CLI_IO', file, { cause })
  }
}

const MISSING: Readonly<Record<NonNullable<EnvoyExportReport['missing']>, string>> = {
  extAuthz:
    'Nothing says where Envoy may ask. Add "extAuthz" with "listen: unix:PATH", or with a loopback port and "secret".',
  listeners:
    'No listener is Envoy’s. Set "dataPlane: envoy" on a listener, or "extAuthz.envoyListen" for plain HTTP.',
  apis: 'No API is left that Envoy can serve.',
}

const SHOWN_OPERATIONS = 3

/** By name and with the mend: nothing is left out in silence. */
function sayRefused({ refused }: EnvoyExportReport, { say, style }: CliContext): void {
  for (const { api, why, rules } of refused) {
    if (why === 'closed') {
      say(
        `${style.bad('refused')} ${api}: its policy does not compile, so nobody serves it (gatehouse plan ${api}).`,
      )
      continue
    }
    say(
      `${style.bad('refused')} ${api}: Envoy asks before a call, shows no answer and has none of our keys, which these rules need:`,
    )
    for (const { rule, absent, operations } of rules) {
      const shown = operations.slice(0, SHOWN_OPERATIONS).join(', ')
      const more = operations.length - SHOWN_OPERATIONS
      say(
        `  ${rule}${absent ? ' (not in its policy, so the strict reading holds)' : ''}: ${shown}${more > 0 ? ` and ${more} more` : ''}`,
      )
    }
    say(
      '  Serve it by a listener of Gatehouse itself, or set these rules to "observe" where its level allows it.',
    )
  }
}
