/** Consents of the authorization server, as `consents list` shows them beside those of files: of accounts how many, of customers nothing. */
import { connectTo, type GatehouseConfig } from '../app/index.ts'
import { GatehouseError } from '../lib/index.ts'
import type { CliContext, CommandArguments } from './command.ts'
import { configPath } from './config-path.ts'

export const CONSENT_FILTERS = {
  client: { type: 'string' },
  status: { type: 'string' },
  kind: { type: 'string' },
  after: { type: 'string' },
  limit: { type: 'string' },
} as const

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 100_000
const PAGE = 500

/** At most `--limit`; that there are more is said. None without an authorization server; without a running instance none either, and it is said. */
export async function ownConsents(
  context: CliContext,
  args: CommandArguments,
  { identity }: GatehouseConfig,
  revoked: ReadonlySet<string>,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const limit = limitOf(args.text('limit'))
  if (identity === null) return []
  const asked = {
    client: args.text('client'),
    status: args.text('status'),
    kind: args.text('kind'),
  }
  const all: Readonly<Record<string, unknown>>[] = []
  let from: string | undefined
  try {
    const api = connectTo(configPath(context, args))
    for (;;) {
      const { consents, next } = await api.consents({
        ...asked,
        ...(from === undefined ? { after: args.text('after') } : { from }),
        limit: Math.min(PAGE, limit - all.length),
      })
      for (const { accounts, payments, expiresAt, ...rest } of consents)
        all.push({
          ...rest,
          ...(expiresAt === null ? {} : { expiresAt }),
          accountCount: accounts,
          paymentCount: payments,
          revoked: revoked.has(`consent:${rest.id}`),
          file: null,
        })
      if (next === null) return all
      from = next
      if (all.length < limit) continue
      context.say(
        `${context.style.warn('note')} There may be more: --after ${String(all.at(-1)?.['id'])}`,
      )
      return all
    }
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'GH_CLI_NOT_RUNNING') throw error
    context.say(
      `${context.style.warn('note')} Nothing runs here: consents of the authorization server are not shown.`,
    )
    return []
  }
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MAX_LIMIT)
    throw new GatehouseError(
      'GH_CLI_USAGE',
      `--limit must be a whole number from 1 to ${MAX_LIMIT}.`,
    )
  return limit
}
