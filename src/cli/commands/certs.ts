import { resolve } from 'node:path'
import {
  listCertificates,
  makeCertificates,
  type ShownCertificate,
  showCertificates,
} from '../../app/index.ts'
import { GatehouseError } from '../../lib/index.ts'
import { type Command, CONFIG_OPTION } from '../command.ts'
import { shownPath } from '../config-path.ts'
import { loadConfig } from '../configuration.ts'
import { EXIT } from '../exit-codes.ts'
import { table } from '../table.ts'

const DEFAULT_DAYS = 90

export const certsCommand: Command = {
  name: 'certs',
  summary:
    'Make an authority, PSD2 certificates (QWAC, QSEAL) and keys for development, with the variants that must be refused.',
  usage: 'FOLDER [--organization NAME] [--organization-identifier ID] [--host NAME]... [--days N]',
  examples: [
    'gatehouse certs dev-certs',
    'gatehouse certs dev-certs --organization "Budget Buddy Ltd" --organization-identifier PSDGB-FCA-123456 --host api.bank.test',
  ],
  options: {
    organization: { type: 'string' },
    'organization-identifier': { type: 'string' },
    host: { type: 'string', multiple: true },
    days: { type: 'string' },
  },
  arguments: [1, 1],
  run(context, args) {
    const dir = resolve(context.cwd, args.positionals[0] ?? '')
    const days = Number(args.text('days') ?? DEFAULT_DAYS)
    const hosts = args.texts('host')
    for (const host of hosts)
      if (!/^[A-Za-z0-9.-]{1,253}$/.test(host))
        throw new GatehouseError('GH_CLI_USAGE', '--host takes a name or an IPv4 address')
    const files = makeCertificates({
      dir,
      organization: args.text('organization') ?? 'Example Third Party DEVELOPMENT ONLY',
      organizationIdentifier: args.text('organization-identifier') ?? 'PSDGB-FCA-000000',
      hosts: hosts.length > 0 ? hosts : ['localhost', '127.0.0.1'],
      days,
      now: context.now(),
    })
    if (args.flag('json')) context.out(JSON.stringify({ folder: dir, days, files }))
    else {
      context.out(`${shownPath(context.cwd, dir)}  ${files.length} files, good for ${days} days`)
      for (const line of table(
        files.map(({ file, what }) => [file, what]),
        context.columns,
        '  ',
      ))
        context.out(line)
    }
    context.say(
      `${context.style.warn('note')} For development and tests only: trust ca.pem nowhere else, and keep the keys to this machine.`,
    )
    return Promise.resolve(EXIT.ok)
  },
}

export const certsShowCommand: Command = {
  name: 'certs show',
  summary: 'What a file of certificates says: holder, PSD2 roles, authority, thumbprint, validity.',
  usage: 'FILE',
  examples: ['gatehouse certs show dev-certs/qwac.pem', 'gatehouse certs show tpp.pem --json'],
  options: {},
  arguments: [1, 1],
  run(context, args) {
    const found = showCertificates(resolve(context.cwd, args.positionals[0] ?? ''))
    if (args.flag('json')) context.out(JSON.stringify({ certificates: found }))
    else for (const one of found) for (const line of linesOf(one)) context.out(line)
    return Promise.resolve(EXIT.ok)
  },
}

export const certsListCommand: Command = {
  name: 'certs list',
  summary:
    'Every certificate that the configuration names, and the days until each ends: of listeners, proxies, trust stores and issuers.',
  usage: '',
  examples: ['gatehouse certs list', 'gatehouse certs list --json'],
  options: CONFIG_OPTION,
  arguments: [0, 0],
  async run(context, args) {
    const config = loadConfig(context, args)
    if (config === undefined) return EXIT.invalid
    const found = await listCertificates(config, context.now())
    if (args.flag('json')) context.out(JSON.stringify({ certificates: found }))
    else {
      const { style, cwd } = context
      const days = (left: number): string => {
        const text = left < 0 ? `ended ${-left} days ago` : `${left} days`
        return left < 7 ? style.bad(text) : left < 30 ? style.warn(text) : text
      }
      const rows = found.map((one) => [
        days(one.daysLeft),
        one.use,
        one.name,
        one.subject,
        shownPath(cwd, one.file),
      ])
      for (const line of table(rows, context.columns)) context.out(line)
      if (found.length === 0) context.say('The configuration names no certificate.')
    }
    return EXIT.ok
  },
}

function linesOf(one: ShownCertificate): readonly string[] {
  const kind = one.ca
    ? 'authority'
    : one.qcTypes.includes('web')
      ? 'QWAC'
      : one.qcTypes.includes('eseal')
        ? 'QSEAL'
        : 'certificate'
  return [
    `${one.subject}  (${kind})`,
    `  issued by    ${one.issuer}`,
    `  valid        ${one.notBefore} to ${one.notAfter}`,
    `  thumbprint   ${one.thumbprint}`,
    ...(one.organizationIdentifier === null
      ? []
      : [`  organisation ${one.organizationIdentifier}`]),
    ...(one.psd2 === null
      ? []
      : [
          `  PSD2         ${one.psd2.roles.join(', ') || 'no known role'}, ${one.psd2.authority} (${one.psd2.authorityId})`,
        ]),
    ...(one.dns.length === 0 ? [] : [`  names        ${one.dns.join(', ')}`]),
  ]
}
