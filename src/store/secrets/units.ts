/** Units over the secrets of the installation: which one seals is decided once, for all processes. */
import { queryBuilder } from '../query-builder.ts'
import { defineUnit, type Unit } from '../unit.ts'
import type { SecretTables } from './tables.ts'

const db = queryBuilder<SecretTables>()
type Steps<R> = ReturnType<Unit<unknown, R>>

/** Who has not said for so long that it runs does not. */
export const RUNS_MS = 180_000

export const ROOT = 'root'

export interface KnownSecret {
  readonly mark: string
  readonly state: SecretTables['sealing_secret']['state']
  readonly since: number
}
export interface Entered {
  /** Marks of secrets that something may be sealed under, and that the process does not have. */
  readonly missing: readonly string[]
  /** Mark of the one to seal under; `null`: it may not begin. */
  readonly seals: string | null
  /** The one before, if this very call put another in its place. */
  readonly before: string | null
  readonly secrets: readonly KnownSecret[]
}

/** The root as it is wrapped, and what is known of secrets. */
export function* readRootUnit(): Steps<{
  readonly wrapped: Uint8Array | null
  readonly secrets: readonly KnownSecret[]
}> {
  const [root] = yield db().selectFrom('sealing_root').select('wrapped').compile()
  const wrapped = root?.['wrapped']
  return {
    wrapped: wrapped instanceof Uint8Array ? wrapped : null,
    secrets: yield* secretsKnown(),
  }
}

/** True: from now on this is the root, and `mark` is what everything is under. False: look again, for somebody was first. */
export function* addRootUnit({
  wrapped,
  mark,
  now,
}: {
  readonly wrapped: Uint8Array
  readonly mark: string
  readonly now: number
}): Steps<boolean> {
  const [known] = yield db().selectFrom('sealing_root').select('id').compile()
  if (known !== undefined) return false
  yield db().insertInto('sealing_root').values({ id: ROOT, wrapped }).compile()
  yield db().insertInto('sealing_secret').values({ mark, state: 'sealing', since: now }).compile()
  return true
}

/**
 * A process says that it runs and what it has: `marks` with its own secret first, and what it has been sealing under (`null`: nothing yet). When
 * every process has the same one as its first, that one seals from then on.
 */
export function* enterSecretsUnit({
  process,
  marks,
  sealedUnder,
  now,
}: {
  readonly process: string
  readonly marks: readonly [string, ...string[]]
  readonly sealedUnder: string | null
  readonly now: number
}): Steps<Entered> {
  yield db()
    .deleteFrom('sealing_use')
    .where('seen_at', '<=', now - RUNS_MS)
    .where('process', '!=', process)
    .compile()
  let secrets = yield* secretsKnown()
  const missing = secrets.flatMap(({ mark, state }) =>
    state === 'ended' || marks.includes(mark) ? [] : [mark],
  )
  const current = secrets.find(({ state }) => state === 'sealing')?.mark ?? null
  const [first] = marks
  let seals = sealedUnder
  let before: string | null = null
  // Others went on without it, perhaps for so long that a pass is through: what it sealed meanwhile is not forgotten.
  if (secrets.some((of) => of.mark === sealedUnder && of.state !== 'sealing'))
    yield* openAgain(sealedUnder ?? '', now)
  if (missing.length === 0) {
    const others = yield db()
      .selectFrom('sealing_use')
      .select('process')
      .where('process', '!=', process)
      .where('first', '!=', first)
      .limit(1)
      .compile()
    seals = current
    if (current !== first && others.length === 0) {
      if (current !== null) yield* put(current, 'opened', now)
      yield* put(first, 'sealing', now)
      seals = first
      before = current
    }
  }
  secrets = yield* secretsKnown()
  if (seals === null) return { missing, seals, before, secrets }
  const use = { first, seals: sealedUnder ?? seals, seen_at: now }
  yield db()
    .insertInto('sealing_use')
    .values({ process, ...use })
    .onConflict((conflict) => conflict.column('process').doUpdateSet(use))
    .compile()
  return { missing, seals, before, secrets }
}

/** It has ended: nothing of it is on its way. */
export function* leaveSecretsUnit({ process }: { readonly process: string }): Steps<null> {
  yield db().deleteFrom('sealing_use').where('process', '=', process).compile()
  return null
}

/** From when on nothing more is under the secrets before `mark`: those of them that are ended now. */
export function* endSecretsUnit({
  mark,
  carriedMs,
  now,
}: {
  readonly mark: string
  readonly carriedMs: number
  readonly now: number
}): Steps<readonly string[]> {
  const [pass] = yield db()
    .selectFrom('sealing_pass')
    .selectAll()
    .where('mark', '=', mark)
    .compile()
  if (typeof pass?.['ended_at'] !== 'number' || !(yield* allSealUnder(mark, now))) return []
  const ended: string[] = []
  for (const secret of yield* secretsKnown()) {
    if (secret.state !== 'opened' || secret.since > Number(pass['begun_at'])) continue
    if (secret.since + carriedMs > now) continue
    yield* put(secret.mark, 'ended', now)
    ended.push(secret.mark)
  }
  return ended
}

/** No process that runs has been sealing under another. */
export function* allSealUnder(mark: string, now: number): Steps<boolean> {
  const others = yield db()
    .selectFrom('sealing_use')
    .select('process')
    .where('seals', '!=', mark)
    .where('seen_at', '>', now - RUNS_MS)
    .limit(1)
    .compile()
  return others.length === 0
}

export function* secretsKnown(): Steps<readonly KnownSecret[]> {
  const rows = yield db().selectFrom('sealing_secret').selectAll().orderBy('since').compile()
  // Sound: the units of this file write them.
  return rows as unknown as readonly KnownSecret[]
}

/** Whatever clock its process has: no pass that began is one for it. */
function* openAgain(mark: string, now: number): Steps<null> {
  const [pass] = yield db().selectFrom('sealing_pass').select('begun_at').compile()
  return yield* put(mark, 'opened', Math.max(now, Number(pass?.['begun_at'] ?? 0) + 1))
}

function* put(mark: string, state: KnownSecret['state'], since: number): Steps<null> {
  yield db()
    .insertInto('sealing_secret')
    .values({ mark, state, since })
    .onConflict((conflict) => conflict.column('mark').doUpdateSet({ state, since }))
    .compile()
  return null
}

const here = import.meta.url
export const readRoot = defineUnit(here, 'readRootUnit', (_: null) => readRootUnit())
export const addRoot = defineUnit(here, 'addRootUnit', addRootUnit)
export const enterSecrets = defineUnit(here, 'enterSecretsUnit', enterSecretsUnit)
export const leaveSecrets = defineUnit(here, 'leaveSecretsUnit', leaveSecretsUnit)
export const endSecrets = defineUnit(here, 'endSecretsUnit', endSecretsUnit)
