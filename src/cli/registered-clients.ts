/** Third parties that registered at the authorization server, as `clients list` shows them beside those of files. */
import { connectTo, type GatehouseConfig } from '../app/index.ts'
import { GatehouseError } from '../lib/index.ts'
import type { CliContext, CommandArguments } from './command.ts'
import { configPath } from './config-path.ts'

/** None without an authorization server; without a running instance none either, and it is said. */
export async function registeredClients(
  context: CliContext,
  args: CommandArguments,
  { identity }: GatehouseConfig,
  revoked: ReadonlySet<string>,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  if (identity === null) return []
  try {
    const found = await connectTo(configPath(context, args)).clients()
    return found.map(({ id, name, status, organization, registerStatus, roles }) => ({
      id,
      name,
      status,
      ...(organization === null ? {} : { organizationIdentifier: organization }),
      ...(registerStatus === null ? {} : { registerStatus }),
      roles,
      revoked: revoked.has(`client:${id}`),
      file: null,
    }))
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== 'GH_CLI_NOT_RUNNING') throw error
    context.say(
      `${context.style.warn('note')} Nothing runs here: those that registered are not shown.`,
    )
    return []
  }
}
