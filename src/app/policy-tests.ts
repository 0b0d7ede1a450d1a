/** Policy tests of a configuration: found on the disk, read, completed from the feed, and run. */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type GatehouseConfig, parsePolicyTests, type PolicyTest } from '../config/index.ts'
import { createProjection, listRecords, openFileFeed, type Projection } from '../feed/index.ts'
import { type Diagnostic, nearest } from '../lib/index.ts'
import {
  type PolicyCase,
  type PolicyTestRun,
  runPolicyTests,
} from '../policy/policy-tests/index.ts'
import type { Assembly } from './assemble.ts'
import { linearRegex } from './linear-regex.ts'
import { systemClock, systemScheduler } from './system-ports.ts'
import { vocabulary } from './vocabulary.ts'

export interface PolicyTestReport extends PolicyTestRun {
  readonly files: readonly string[]
  /** Files that cannot be run as they are; then no test of theirs was. */
  readonly mistakes: readonly Diagnostic[]
}

const USUAL = ['policy-tests/*.yaml', 'policy-tests/*.yml']
const MAX_FILE_BYTES = 4 << 20

/** Files in the order of their names. A pattern that was written down and fits nothing is a mistake. */
export async function policyTestReport({ config, policy }: Assembly): Promise<PolicyTestReport> {
  const { files, mistakes } = filesOf(config)
  const found = [...mistakes]
  const tests = files.flatMap((file): readonly PolicyTest[] => {
    const read = readTests(file)
    found.push(...read.diagnostics)
    return read.tests
  })
  const feed = await feedOf(config)
  const cases = tests.flatMap((test) => {
    const one = completed(test, feed)
    if ('code' in one) found.push(one)
    return 'code' in one ? [] : [one]
  })
  return { files, mistakes: found, ...runPolicyTests(policy.plan, cases, linearRegex) }
}

function filesOf(config: GatehouseConfig): {
  readonly files: readonly string[]
  readonly mistakes: readonly Diagnostic[]
} {
  const mistakes: Diagnostic[] = []
  const files = new Set<string>()
  const patterns = config.policyTests ?? USUAL
  patterns.forEach((pattern, at) => {
    const found = globSync(pattern, { cwd: config.dir })
      .map((name) => resolve(config.dir, name))
      .filter((path) => statSync(path).isFile())
    for (const path of found.toSorted()) files.add(path)
    if (found.length === 0 && config.policyTests !== null)
      mistakes.push({
        code: 'GH_CONFIG_FILE_MISSING',
        message: `policyTests[${at}] fits no file.`,
        place: config.placeOf(['policyTests', at]),
      })
  })
  return { files: [...files], mistakes }
}

function readTests(file: string): ReturnType<typeof parsePolicyTests> {
  const place = { file, line: 1, column: 1 }
  if (statSync(file).size > MAX_FILE_BYTES)
    return {
      tests: [],
      diagnostics: [
        { code: 'GH_CONFIG_TOO_LARGE', message: `larger than ${MAX_FILE_BYTES} bytes`, place },
      ],
    }
  return parsePolicyTests({
    file,
    text: readFileSync(file, 'utf8'),
    env: { vocabulary: vocabulary(), fileExists: () => false },
  })
}

interface Feed {
  readonly projection: Pick<Projection, 'client' | 'consent' | 'revoked'>
  readonly ids: { readonly client: readonly string[]; readonly consent: readonly string[] }
}

const NO_FEED: Feed = {
  projection: { client: () => undefined, consent: () => undefined, revoked: () => false },
  ids: { client: [], consent: [] },
}

/** The records as a gateway would have them; mistakes in their files are the feed's own and are told by `check`. */
async function feedOf({ feedDir: dir }: GatehouseConfig): Promise<Feed> {
  if (!existsSync(dir)) return NO_FEED
  const { records } = await listRecords(dir)
  const feed = openFileFeed({ dir, clock: systemClock, scheduler: systemScheduler })
  try {
    const keys = (wanted: 'client' | 'consent'): readonly string[] =>
      records.flatMap(({ kind, key }) => (kind === wanted ? [key] : []))
    return {
      projection: await createProjection(feed, systemClock),
      ids: { client: keys('client'), consent: keys('consent') },
    }
  } finally {
    feed.close()
  }
}

/** The test with its client and consent, or what is wrong with it. An id that the test itself names must be in the feed. */
function completed(test: PolicyTest, feed: Feed): PolicyCase | Diagnostic {
  const { claims } = test
  const said = claims === 'none' ? null : claims
  const named = test.consent?.value
  if (typeof named === 'string' && !feed.ids.consent.includes(named))
    return unknown('consent', named, feed.ids.consent, test.consent ?? test.name)
  const consentId = typeof named === 'string' ? named : (said?.consent ?? null)
  const consent =
    typeof named === 'object' ? named : consentId === null ? null : fromFeed(consentId, feed)
  const client = test.client?.value
  if (typeof client === 'string' && !feed.ids.client.includes(client))
    return unknown('client', client, feed.ids.client, test.client ?? test.name)
  const clientId = typeof client === 'string' ? client : (said?.client ?? consent?.client ?? null)
  return {
    ...test,
    consent,
    client:
      typeof client === 'object' ? client : clientId === null ? null : clientOf(clientId, feed),
  }
}

function unknown(
  what: string,
  id: string,
  known: readonly string[],
  { place }: PolicyTest['name'] | NonNullable<PolicyTest['consent'] | PolicyTest['client']>,
): Diagnostic {
  const near = nearest(id, known)
  return {
    code: 'GH_CONFIG_REFERENCE_UNKNOWN',
    message: `no ${what} of the feed is called ${JSON.stringify(id.slice(0, 60))}`,
    place,
    ...(near !== undefined && { nearest: near }),
  }
}

function fromFeed(id: string, { projection }: Feed): PolicyCase['consent'] {
  const record = projection.consent(id)
  if (record === undefined) return null
  const { client, subject, status, permissions, accounts } = record
  return {
    id,
    client,
    subject,
    status,
    permissions: [...permissions],
    accounts: [...accounts],
    validFrom: record.validFrom ?? null,
    expiresAt: record.expiresAt ?? null,
    transactionsFrom: record.transactionsFrom ?? null,
    transactionsTo: record.transactionsTo ?? null,
    authorizationDetails: record.payments ?? null,
    revoked: projection.revoked(`consent:${id}`),
  }
}

function clientOf(id: string, { projection }: Feed): PolicyCase['client'] {
  const record = projection.client(id)
  if (record === undefined) return null
  return {
    id,
    status: projection.revoked(`client:${id}`) ? 'revoked' : record.status,
    organization: record.organizationIdentifier ?? null,
    registerStatus: record.registerStatus ?? null,
  }
}
